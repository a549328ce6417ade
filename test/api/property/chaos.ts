/** Ends the API's connections at random, and switches v2 on and off under the requests. */
import { setImmediate as turn } from "node:timers/promises";
import type { Seeded } from "../../../infra/local/rehearsal/seeded.ts";
import type { YachtName } from "../../support/fleet.ts";
import type { TestApi } from "../harness.ts";

const cohorts: readonly (readonly YachtName[])[] = [
  [],
  ["aurora"],
  ["aurora", "calypso"],
  ["aurora", "borealis", "calypso"],
];

/** The share of requests that meet a blow, and the most turns of the event loop after which it falls. */
const blows = 0.4;
const latestTurn = 40;
const switches = 0.05;

export interface Chaos {
  /** Connections ended so far. */
  readonly killed: number;
  /** To be called as a request is sent: a blow may fall while it is under way. */
  strike(): void;
  /** Waits for the blows that are still to fall. */
  stop(): Promise<void>;
}

// Those at work are hit more often: an idle connection is the easy case. MASTER's are hit too.
const victim = `select pg_terminate_backend(pid) from (
  select pid from pg_stat_activity where usename = 'part_lens_api'
    order by (state = 'active') desc, random() limit 1
) one`;

export async function startChaos(api: TestApi, chance: Seeded): Promise<Chaos> {
  const superuser = await api.postgres.client("postgres");
  let killed = 0;
  let last = Promise.resolve();
  const blow = async (turns: number) => {
    for (; turns > 0; turns--) await turn();
    killed += (await superuser.query(victim)).rowCount ?? 0;
  };
  return {
    get killed() {
      return killed;
    },
    strike() {
      if (chance.next() < switches) api.setFlags({ cohort: chance.pick(cohorts) });
      if (chance.next() >= blows) return;
      const turns = chance.between(0, latestTurn);
      last = last.then(() => blow(turns));
    },
    async stop() {
      await last;
      await superuser.end();
    },
  };
}
