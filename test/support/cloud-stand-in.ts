import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { vi } from "vitest";
import type { StageName } from "../../flags/plan.ts";
import { FastClock } from "../../infra/local/fast-clock.ts";
import { LocalStack } from "../../infra/local/local-stack.ts";
import { fillInventory } from "../../infra/local/rehearsal/inventory.ts";
import { Tokens } from "../../infra/local/rehearsal/tokens.ts";
import { type ServiceOutputs, serviceOutputs } from "../../infra/local/stack-outputs.ts";
import { readStackConfig } from "../../infra/preview/stack-config.ts";
import { incidents } from "../../monitoring/incident/drill.ts";
import { type IncidentFile, readIncident } from "../../monitoring/incident/incident-file.ts";
import { incidentFiles } from "../../monitoring/incident/incident-folder.ts";
import { incidentsAt } from "../../monitoring/incident/operator-adapter.ts";
import type { StackUpdates } from "../../monitoring/rollout/aws/cloud-place.ts";
import { patience } from "./patience.ts";

const keyDirectory = resolve(".part-lens/keys");
const betweenMilliseconds = 20;
const sample = resolve("infra/local/rehearsal/sample-inventory.csv");

/**
 * A local stack that stands in for AWS: whoever has its variables reaches its services by the ordinary clients. Only the
 * stack update is another one than in AWS; it is counted.
 */
export class CloudStandIn {
  readonly directory = mkdtempSync(join(tmpdir(), "part-lens-cloud-"));
  /** Every stage that an update was asked for. */
  readonly updates: StageName[] = [];
  readonly clock: FastClock;
  #stack: LocalStack | undefined;
  #service: ServiceOutputs | undefined;
  #asking: Promise<void> = Promise.resolve();
  #closing = false;
  #captain = "";
  #yacht = "";

  constructor(speed: number) {
    this.clock = new FastClock(speed, 0, (error) => console.error(error));
  }

  get stack(): LocalStack {
    if (!this.#stack) throw new Error("the stack is not up");
    return this.#stack;
  }

  get service(): ServiceOutputs {
    if (!this.#service) throw new Error("the stack is not up");
    return this.#service;
  }

  /** Foundation and service, a fleet, and the clients' variables, the region among them. */
  async up(): Promise<Readonly<Record<string, string>>> {
    const { clock, directory } = this;
    this.#stack = await LocalStack.open({ clock, directory, keyDirectory, durable: false });
    for (const layer of ["foundation", "service"] as const) await this.stack.update(layer);
    this.#service = serviceOutputs(this.stack.outputs("service"));
    const signerKey = join(keyDirectory, "signer.key");
    const inventory = { stack: this.stack, service: this.service, seed: "cloud", file: sample, signerKey };
    const { fleet } = await fillInventory(inventory);
    const pilot = this.service.fleet.yachts.find((yacht) => yacht.pilot) ?? this.service.fleet.yachts[0]!;
    const user = fleet.users.find(({ yachtId, role }) => yachtId === pilot.id && role === "captain");
    const { issuer, audience } = JSON.parse(readStackConfig("local-service")["part-lens:identity"] ?? "{}");
    const tokens = new Tokens(join(keyDirectory, "jwt.private.jwk.json"), { issuer, audience });
    this.#captain = await tokens.of(user?.userId ?? "");
    this.#yacht = pilot.id;
    return this.stack.clientVariables();
  }

  /** The only part of the verbs that needs Pulumi's CLI in AWS. */
  get updatesOfStack(): StackUpdates {
    return {
      raise: async (stage) => {
        this.updates.push(stage);
        await this.stack.update("rollout", { "part-lens:rolloutStage": stage });
      },
      yachts: async () => this.service.fleet.yachts,
    };
  }

  /** Which version answers the pilot's captain. */
  async version(): Promise<string | null> {
    const answer = await fetch(`${this.service.apiUrl}/parts/low-stock?yacht_id=${this.#yacht}`, {
      headers: { authorization: `Bearer ${this.#captain}` },
    });
    await answer.arrayBuffer();
    return answer.headers.get("x-part-lens-version");
  }

  /** So many requests of the pilot, one after the other: where the machine stalls, one alone is slow. */
  async send(requests: number): Promise<void> {
    for (let request = 0; request < requests; request++) await this.version();
  }

  /** The pilot asks until the end, whatever else is done: at this speed a command that takes seconds is a silent bake. */
  keepAsking(): void {
    const ask = async () => {
      while (!this.#closing) {
        await this.version();
        await pause(betweenMilliseconds);
      }
    };
    this.#asking = ask();
  }

  /** Traffic until that time of the stack's clock, so that no alarm misses it. */
  async sendUntil(time: number): Promise<void> {
    while (this.clock.now() < time) await this.version();
  }

  /** The last event of that kind in the log, as it lies in the bucket. */
  async entry(kind: string): Promise<string | undefined> {
    const { objects } = this.stack.aws;
    const bucket = "part-lens-local-evidence-000000000000";
    const entries = await objects.list(bucket, "rollout/log/");
    const bodies = await Promise.all(entries.map(async ({ key }) => (await objects.get(bucket, key)).body));
    return bodies.map(String).findLast((text) => text.includes(`"kind":"${kind}"`));
  }

  /** The incident of that cause, once its record is whole: told, collected, drafted. */
  async incident(cause: string): Promise<{ readonly file: IncidentFile; readonly draft: string }> {
    const { region, endpoint, ...credentials } = this.stack.access;
    const place = { environment: "local", bucket: this.service.evidence.bucket };
    const store = incidentsAt({ ...place, clients: { region, endpoint, credentials } });
    return vi.waitFor(
      async () => {
        const all = await Promise.all((await incidents(store)).map((name) => readIncident(name, store)));
        const file = all.find((one) => one?.hasPostmortem && one.told.some((told) => told.cause === cause));
        if (!file) throw new Error(`no incident of ${cause} has its postmortem yet`);
        return { file, draft: (await store.read(incidentFiles.postmortem(file.incident))) ?? "" };
      },
      { ...patience, interval: 250 },
    );
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#asking;
    await this.#stack?.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}
