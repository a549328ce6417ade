/**
 * Imports a PMS export: `node api/import/command.ts FILE --yacht ID --user ID [--role manager]`.
 * Connects as the migrator by PostgreSQL's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, PGPASSFILE),
 * prints one JSON object and ends 0 when every row was loaded, 3 when some were refused, 1 when nothing was done.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import pg from "pg";
import { decodeExport } from "./detect.ts";
import { loadParts } from "./load.ts";
import { readInventory } from "./map.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    yacht: { type: "string" },
    user: { type: "string" },
    role: { type: "string", default: "manager" },
  },
});
const [file] = positionals;
const { yacht, user, role } = values;

try {
  if (!file || !yacht || !user) throw new Error("give a FILE, --yacht ID and --user ID");
  process.exitCode = await importFile(file, { yachtId: yacht, userId: user, role });
} catch (error) {
  console.error(`import: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

async function importFile(
  path: string,
  target: { yachtId: string; userId: string; role: string },
): Promise<number> {
  const { table, parts, problems } = readInventory(decodeExport(await readFile(path)));
  const client = new pg.Client();
  await client.connect();
  try {
    const loaded = await loadParts(client, target, parts);
    const { delimiter, headerLine, ignored } = table;
    console.log(JSON.stringify({ ...loaded, delimiter, headerLine, ignored, problems }));
  } finally {
    await client.end();
  }
  return problems.some(({ refused }) => refused) ? 3 : 0;
}
