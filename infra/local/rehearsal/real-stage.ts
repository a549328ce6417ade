import { join } from "node:path";
import { databaseChecks } from "../../../monitoring/database-checks.ts";
import { metricNamespace } from "../../../monitoring/metrics.ts";
import { readStackConfig } from "../../preview/stack-config.ts";
import { type FaultName, faults } from "../faults/catalogue.ts";
import type { Fault } from "../faults/fault.ts";
import { MetricStoreReader } from "../services/metric-reader.ts";
import type { ApiRequest } from "./api-request.ts";
import { Conductor } from "./conductor.ts";
import { Driver } from "./driver.ts";
import { extraRequests } from "./extra-requests.ts";
import { checkLedger } from "./ledger-check.ts";
import { MetricTimes } from "./metric-times.ts";
import type { Observations } from "./observations.ts";
import type { RehearsalOptions } from "./options.ts";
import type { PreparedStack } from "./prepared-stack.ts";
import { Seeded } from "./seeded.ts";
import { SignedActions } from "./signed-actions.ts";
import type { Stage, StageParts } from "./stage.ts";
import { Tokens } from "./tokens.ts";
import { TrafficPlan } from "./traffic-plan.ts";

const environment = "local";
/**
 * Fewer than the slow answers that the alarm on them takes (5): where the machine stands still for a moment, no more than
 * these are slow. Two cores are busy with them all the same.
 */
export const connections = 4;
/** Real signatures cost a real argon2 each. */
const mostSigned = 60;

/** The API itself: requests are sent to it, and its databases looked at. */
export class RealStage implements Stage {
  readonly #prepared: PreparedStack;
  readonly #keyDirectory: string;

  constructor(prepared: PreparedStack, keyDirectory: string) {
    this.#prepared = prepared;
    this.#keyDirectory = keyDirectory;
  }

  get clock() {
    return this.#prepared.clock;
  }
  get stack() {
    return this.#prepared.stack;
  }
  get service() {
    return this.#prepared.service;
  }
  get notSimulated() {
    return this.#prepared.notSimulated;
  }

  open(
    { fault, seed }: RehearsalOptions,
    observations: Observations,
    invoked: (functionName: string, payload: unknown) => void,
  ): StageParts {
    const { clock, stack, service, inventory, query } = this.#prepared;
    const { fleet, parts } = inventory;
    // Alarms look back over hours: what an earlier rehearsal did on this stack is no past of this one.
    stack.aws.metrics.forget(metricNamespace(environment));
    const times = new MetricTimes();
    const asks = fault in faults ? (faults[fault as FaultName] as Fault).asks : undefined;
    this.#prepared.give(times, invoked, asks === "probes");
    const tenants = service.fleet.tenants.map(({ id }) => id);
    const driver = new Driver(service.apiUrl, connections);
    const signed = new SignedActions(fleet.signers, parts, new Seeded(seed, "signed"), mostSigned);
    const traffic = new TrafficPlan({ yachts: fleet.yachts, users: fleet.users, parts }, seed);
    const extra = (minute: number) => this.#extra(fault, minute);
    const sending = { driver, tokens: this.#tokens(), traffic, times, extra };
    const metrics = new MetricStoreReader(stack.aws.metrics, metricNamespace(environment));
    return {
      conductor: new Conductor({ clock, stack, observations, signed, ...sending }),
      inject: (on) => stack.fault(on && fault in faults ? (fault as FaultName) : null),
      judging: { metrics, database: databaseChecks(query, tenants) },
      signed,
      collects: true,
      thin: (thinned) => this.#prepared.thin(thinned),
      checkLedger: () => checkLedger(query, tenants, observations),
      close: () => driver.close(),
    };
  }

  #extra(fault: string, minute: number): ApiRequest[] {
    const asks = fault in faults ? (faults[fault as FaultName] as Fault).asks : undefined;
    if (!asks) return [];
    const { service, inventory } = this.#prepared;
    const { users } = inventory.fleet;
    return extraRequests(asks, { yachts: service.fleet.yachts, users, parts: inventory.parts }, minute);
  }

  #tokens(): Tokens {
    const { issuer, audience } = JSON.parse(
      readStackConfig(`${environment}-service`)["part-lens:identity"] ?? "{}",
    );
    return new Tokens(join(this.#keyDirectory, "jwt.private.jwk.json"), { issuer, audience });
  }
}
