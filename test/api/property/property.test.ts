/**
 * Random mutations with connections killed and answers lost. PROPERTY_SEED runs one seed again, PROPERTY_RUNS makes it
 * longer (each run has a seed of its own).
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Verify } from "../../../api/signatures/verification.ts";
import { v2Actions } from "../../../api/v2/actions/catalogue.ts";
import { replaceInFunction } from "../../support/replaced-function.ts";
import { startApi, type TestApi } from "../harness.ts";
import type { Ended } from "./client.ts";
import { type PropertyOptions, runProperty } from "./run.ts";

const { PROPERTY_SEED = "short", PROPERTY_RUNS = "1" } = process.env;
const runs = Number(PROPERTY_RUNS);
const secondsARun = 600;

let api: TestApi;
let step = 56_000_000;

/** A code is good for 30 s and once: real verification would leave three signed requests a user. */
const verifySignature: Verify = async ({ role, payloadHash }) => ({
  verified: true,
  method: "pin+totp",
  step: step++,
  verified_at: new Date().toISOString(),
  role,
  payload_sha256: payloadHash,
});

const options = (seed: string): PropertyOptions => ({
  seed,
  actions: Object.keys(v2Actions),
  clients: 12,
  requestsEach: 12,
  lost: 0.2,
  parts: ["P-1", "P-2", "P-3"],
});

beforeEach(async () => {
  api = await startApi({ DATABASE_POOL_MAX: "4" }, { verifySignature });
});
afterEach(() => api.stop());

test(
  "whatever is killed, every accepted request has happened once and the ledger, cache and audit chain are whole",
  async () => {
    const before: Ended[] = [];
    for (let run = 0; run < runs; run++) {
      const seed = runs === 1 ? PROPERTY_SEED : `${PROPERTY_SEED}-${run}`;
      const found = await runProperty(api, options(seed), before);
      before.push(...found.ended);
      const outcomes = Object.groupBy(found.ended, ({ outcome }) => outcome);
      const counts = Object.entries(outcomes).map(([name, list = []]) => `${list.length} ${name}`);
      console.log(
        `seed ${seed}: ${counts.join(", ")}, ${found.repeated} repeated, ${found.killed} connections killed`,
      );
      expect(found.problems, `seed ${seed}`).toEqual([]);
      expect(outcomes.accepted?.length).toBeGreaterThan(50);
      expect(outcomes.refused?.length).toBeGreaterThan(0);
      expect(found.killed).toBeGreaterThan(5);
    }
  },
  runs * secondsARun * 1000,
);

/** Our own functions, each with what makes it right taken out: [function, its text, what stands in its place]. */
const sabotages = [
  {
    title: "the idempotency key is not taken",
    changes: [["begin_action", "if coalesce(scope ->> 'idempotency_key', '') = '' then", "if true then"]],
    problem: /executed \d times/,
  },
  {
    title: "the cache is not moved with the ledger",
    changes: [["post_transaction", "set quantity = quantity + change", "set quantity = quantity"]],
    problem: /ledger_mismatches/,
  },
] as const;

async function sabotage(name: string, right: string, broken: string): Promise<void> {
  for (const tenant of Object.values(api.postgres.tenants)) {
    const superuser = await api.postgres.client("postgres", tenant);
    await replaceInFunction(superuser, name, right, broken);
    await superuser.end();
  }
}

test.each(sabotages)("a database in which $title is found out", async ({ title, changes, problem }) => {
  for (const [name, right, broken] of changes) await sabotage(name, right, broken);
  const narrow = { requestsEach: 8, parts: ["P-2"], actions: ["receive_part", "consume_part"] } as const;
  const { problems } = await runProperty(api, { ...options(title.replaceAll(" ", "-")), ...narrow });
  expect(problems.join("\n")).toMatch(problem);
});
