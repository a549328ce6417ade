/**
 * The OpenAPI document in api/openapi.json: shows whether it is up to date, or brings it up to date.
 *
 *   node api/openapi.ts           exit 1 when it differs from the schemas
 *   node api/openapi.ts --write   writes it
 */
import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { Command } from "commander";
import { openapiDocument } from "./openapi/document.ts";

const file = new URL("./openapi.json", import.meta.url);

const program = new Command("openapi")
  .description("Checks api/openapi.json against the API's schemas.")
  .option("--write", "write the document instead")
  .parse();
// As JSON has it: without what is undefined.
const document = JSON.parse(JSON.stringify(openapiDocument()));
if (program.opts<{ write?: true }>().write) {
  writeFileSync(file, `${JSON.stringify(document, null, 2)}\n`);
  process.stdout.write("api/openapi.json written; `npm run check` formats it\n");
} else if (!isDeepStrictEqual(JSON.parse(readFileSync(file, "utf8")), document)) {
  process.stderr.write("api/openapi.json is not what the schemas say: run `node api/openapi.ts --write`\n");
  process.exitCode = 1;
} else {
  process.stdout.write("api/openapi.json is up to date\n");
}
