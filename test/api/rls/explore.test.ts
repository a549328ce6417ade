import { afterAll, beforeAll, test } from "vitest";
import { startPostgres, type TestPostgres } from "../../support/postgres.ts";
import { operations, roles, situations } from "./cases.ts";
import { fillTables } from "./rows.ts";
import { runCase, tenantIn } from "./run-case.ts";
let postgres: TestPostgres;
beforeAll(async () => { postgres = await startPostgres(); await fillTables(postgres); });
afterAll(() => postgres.stop());
test("x", async () => {
  const su = { alpha: await postgres.client("postgres", postgres.tenants.alpha), beta: await postgres.client("postgres", postgres.tenants.beta) };
  const { rows } = await su.alpha.query("select table_name from information_schema.columns join information_schema.tables using (table_schema, table_name) where table_schema='part_lens' and column_name='yacht_id' and table_type='BASE TABLE' order by 1");
  for (const { table_name: table } of rows) {
    console.log(table);
    for (const role of roles) {
      const cl = { alpha: await postgres.client(role, postgres.tenants.alpha), beta: await postgres.client(role, postgres.tenants.beta) };
      for (const op of operations) {
        const out = [];
        for (const s of situations) {
          const t = tenantIn(s);
          await cl[t].query("begin");
          out.push(await runCase({ client: cl[t], superuser: su[t] }, table, op, s));
          await cl[t].query("rollback");
        }
        console.log(`  ${role} ${op}: ${out.join(" ")}`);
      }
      await cl.alpha.end(); await cl.beta.end();
    }
  }
});
