/** Load by node-postgres alone: the API's statement, without the API. */
import { randomInt, randomUUID } from "node:crypto";
import pg from "pg";
import { connection } from "../../api/database/connection.ts";
import { scopeOf } from "../../api/database/scope.ts";
import { benchId, firstNumber } from "./bench-rows.ts";
import type { LoadJob } from "./load-process.ts";
import { serveJobs } from "./load-worker.ts";

const statement = {
  name: "v2_receive_part",
  text: "select part_lens.v2_receive_part($1::jsonb, $2::jsonb) as result",
};

function receiveValues({ yachts, parts }: LoadJob): [string, string] {
  const yacht = firstNumber + randomInt(yachts);
  const scope = scopeOf({
    userId: benchId.user(yacht),
    yachtId: benchId.yacht(yacht),
    role: "captain",
    version: "v2",
    requestId: randomUUID(),
    executionId: randomUUID(),
    idempotencyKey: randomUUID(),
    payloadSha256: "0".repeat(64),
  });
  const payload = { part_id: benchId.part(yacht, firstNumber + randomInt(parts)), quantity_received: 1 };
  return [JSON.stringify(scope), JSON.stringify(payload)];
}

serveJobs(async (job) => {
  if (!job.target) throw new Error("the job has no target");
  const target = job.target;
  const clients = Array.from(
    { length: job.connections },
    () => new pg.Client(connection(target, "part_lens_api")),
  );
  await Promise.all(clients.map((client) => client.connect()));
  return {
    asks: clients.map((client) => async () => {
      await client.query({ ...statement, values: receiveValues(job) });
    }),
    close: async () => {
      await Promise.all(clients.map((client) => client.end()));
    },
  };
});
