/** One run of the property: clients side by side, connections killed under them, and the verdict at the end. */
import { Seeded } from "../../../infra/local/rehearsal/seeded.ts";
import type { PartKey } from "../../support/fleet.ts";
import type { TestApi } from "../harness.ts";
import { type Chaos, startChaos } from "./chaos.ts";
import { carryOut, type Ended } from "./client.ts";
import { randomMutation } from "./requests.ts";
import { problemsOf } from "./verdict.ts";

export interface PropertyOptions {
  readonly seed: string;
  /** Names of the actions there are. */
  readonly actions: readonly string[];
  readonly clients: number;
  readonly requestsEach: number;
  /** The share of answers that never arrive. */
  readonly lost: number;
  /** Of each yacht. */
  readonly parts: readonly PartKey[];
}

export interface PropertyRun {
  readonly ended: readonly Ended[];
  readonly killed: number;
  /** Requests that were sent more than once. */
  readonly repeated: number;
  readonly problems: readonly string[];
}

async function client(
  api: TestApi,
  chaos: Chaos,
  options: PropertyOptions,
  number: number,
): Promise<Ended[]> {
  const chance = new Seeded(options.seed, number);
  const ended: Ended[] = [];
  for (let request = 0; request < options.requestsEach; request++) {
    const mutation = randomMutation(chance, options, `${options.seed}-${number}-${request}`);
    ended.push(await carryOut({ api, chance, chaos, lost: options.lost }, mutation));
  }
  return ended;
}

/** `before`: what earlier runs on the same databases ended with. */
export async function runProperty(
  api: TestApi,
  options: PropertyOptions,
  before: readonly Ended[] = [],
): Promise<PropertyRun> {
  const chaos = await startChaos(api, new Seeded(options.seed, "chaos"));
  const numbers = Array.from({ length: options.clients }, (_, number) => number);
  let ended: Ended[];
  try {
    ended = (await Promise.all(numbers.map((number) => client(api, chaos, options, number)))).flat();
  } finally {
    await chaos.stop();
  }
  const problems = await problemsOf(api, [...before, ...ended]);
  const repeated = ended.filter(({ requestIds }) => requestIds.length > 1).length;
  return { ended, killed: chaos.killed, repeated, problems };
}
