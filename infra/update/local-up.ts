import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { countText } from "../../monitoring/count-text.ts";
import { RolloutControl } from "../../monitoring/rollout/control/rollout-control.ts";
import { entryFolder } from "../../monitoring/rollout/entry-folder.ts";
import { numberedEventLog } from "../../monitoring/rollout/numbered-log.ts";
import { projectionOf, projectionParameters } from "../../monitoring/rollout/projection.ts";
import { initialStateOf, replay } from "../../monitoring/rollout/state.ts";
import { type Clock, SystemClock } from "../local/clock.ts";
import { FastClock } from "../local/fast-clock.ts";
import { LocalStack } from "../local/local-stack.ts";
import { fillInventory } from "../local/rehearsal/inventory.ts";
import { type ServiceOutputs, serviceOutputs } from "../local/stack-outputs.ts";
import { removeAwsAccess, writeAwsAccess } from "./aws-access-file.ts";
import { removeControlFile, writeControlFile } from "./control-file.ts";
import { ControlServer } from "./control-server.ts";
import { LocalPlace } from "./local-place.ts";
import { usersOf, writeUsers } from "./local-users.ts";
import { removeVariables, writeVariables } from "./variables-file.ts";

const environment = "local";
const tidyMilliseconds = 1000;

export interface LocalUpOptions {
  /** The rollout's log, the stack and the databases lie in it. */
  readonly directory: string;
  readonly keyDirectory: string;
  /** A PMS export for the first yacht. */
  readonly inventory: string;
  readonly seed: string;
  /** The stack's clock against the machine's: 1, or faster for a trial. */
  readonly speed: number;
  readonly tell: (text: string) => void;
}

/**
 * A local stack that serves until it is closed. The rollout goes on where its log is: at the recorded stage and with
 * the recorded lock. Databases and metrics begin anew, so that a bake that was interrupted begins anew, too.
 */
export class LocalUp {
  readonly #options: LocalUpOptions;
  readonly #closing: (() => Promise<unknown> | unknown)[] = [];

  constructor(options: LocalUpOptions) {
    this.#options = options;
  }

  /** Everything is stopped in the end; may be called twice. */
  async close(): Promise<void> {
    for (let end = this.#closing.pop(); end; end = this.#closing.pop()) await end();
  }

  async start(): Promise<ServiceOutputs> {
    const { directory, tell } = this.#options;
    mkdirSync(directory, { recursive: true });
    const log = numberedEventLog(entryFolder(join(directory, "rollout-log")));
    const events = await log.read();
    const clock = this.#clock(Date.parse(events.at(-1)?.at ?? new Date(0).toISOString()));
    const stack = await this.#open(clock);
    const state = replay(events, initialStateOf(environment));
    // The program reads them: without them it would start again at 0, and unlocked.
    // Not of the code: a stack that starts numbers its versions anew.
    const { code: _, ...projection } = projectionOf(state);
    const parameters = events.length > 0 ? projectionParameters(environment, projection) : {};
    for (const [name, value] of Object.entries(parameters))
      stack.aws.parameters.put({ name, value, type: "String", overwrite: true });
    if (events.length > 0)
      tell(
        `the rollout goes on at ${state.stage}${state.lock ? ", locked" : ""} (${countText(events.length, "event")} in its log)`,
      );
    const service = await this.#standUp(stack);
    await this.#fill(stack, service);
    const control = new RolloutControl(new LocalPlace({ stack, service, log, clock, note: tell }));
    this.#keepTidy(control);
    await this.#listen(control);
    this.#giveAccess(stack);
    return service;
  }

  #clock(lastEvent: number): Clock {
    const { speed, tell } = this.#options;
    const failed = (error: unknown) => tell(`a task of the local services failed: ${String(error)}`);
    if (speed === 1 && lastEvent <= Date.now()) return new SystemClock(failed);
    return new FastClock(speed, lastEvent, failed);
  }

  async #open(clock: Clock): Promise<LocalStack> {
    const { directory, keyDirectory } = this.#options;
    const stack = await LocalStack.open({ clock, directory, keyDirectory, durable: false });
    this.#closing.push(() => stack.close());
    const file = join(stack.directory, "notifications.jsonl");
    stack.aws.topics.onDelivery(({ protocol, endpoint, subject, message, at }) => {
      if (protocol === "lambda") return;
      const line = { at: new Date(at).toISOString(), protocol, endpoint, subject, message };
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    });
    return stack;
  }

  /** The rollout layer comes later: its deployment would be undone while the alarms have no data. */
  async #standUp(stack: LocalStack): Promise<ServiceOutputs> {
    for (const layer of ["foundation", "service"] as const) {
      const { steps, seconds } = await stack.update(layer);
      const made = steps.filter(({ step }) => step === "create").length;
      this.#options.tell(`${environment}-${layer}: ${made} resources (${seconds.toFixed(1)} s)`);
    }
    return serviceOutputs(stack.outputs("service"));
  }

  async #fill(stack: LocalStack, service: ServiceOutputs): Promise<void> {
    const { directory, keyDirectory, inventory: file, seed, tell } = this.#options;
    const signerKey = join(keyDirectory, "signer.key");
    const { fleet, imported, parts } = await fillInventory({ stack, service, seed, file, signerKey });
    writeUsers(directory, usersOf(fleet));
    tell(
      `${fleet.yachts.length} yachts, ${fleet.users.length} users, ${parts.length} parts; ${imported.yacht}: ${imported.parts} imported`,
    );
  }

  #keepTidy(control: RolloutControl): void {
    let told = "";
    const tidy = () =>
      control.tidy().catch((error: Error) => {
        if (error.message !== told)
          this.#options.tell(`the rollout could not be put in order: ${error.message}`);
        told = error.message;
      });
    const timer = setInterval(tidy, tidyMilliseconds);
    this.#closing.push(() => {
      clearInterval(timer);
      return tidy();
    });
  }

  /** For the commands that read evidence and try alarms by AWS's own interfaces, and for those that look after the data. */
  #giveAccess(stack: LocalStack): void {
    const { directory } = this.#options;
    writeAwsAccess(directory, stack.access);
    writeVariables(directory, stack.jobVariables());
    this.#closing.push(() => {
      removeVariables(directory);
      removeAwsAccess(directory);
    });
  }

  async #listen(control: RolloutControl): Promise<void> {
    const { directory } = this.#options;
    const server = new ControlServer((request, tell) => control.perform(request, tell));
    const url = await server.start();
    writeControlFile(directory, { url, token: server.token, pid: process.pid });
    this.#closing.push(() => {
      removeControlFile(directory);
      return server.close();
    });
  }
}
