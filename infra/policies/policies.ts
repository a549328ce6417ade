/** `node infra/policies/policies.ts`: every policy rule over every resource, without a cloud. */

import { Command, Option } from "commander";
import { countText } from "../../monitoring/count-text.ts";
import program from "../index.ts";
import { type EnvironmentName, environments } from "../naming.ts";
import { catalogue } from "./catalogue.ts";
import { evaluate, judgedEnvironment } from "./evaluation.ts";

const command = new Command("policies")
  .description("Asks every policy rule about every resource of all layers. Needs no cloud.")
  .addOption(new Option("--env <environment>", "one environment; all when left out").choices(environments))
  .addHelpText(
    "after",
    "\nExit status: 0 when nothing is violated, 3 when something is, 1 when it could not be told.",
  );

async function report(environment: EnvironmentName): Promise<number> {
  const { findings, applied } = evaluate(await judgedEnvironment({ environment, program }));
  const asked = Object.values(applied).reduce((sum, count) => sum + count, 0);
  console.log(
    `${environment}: ${catalogue.length} rules, ${asked} answers, ${countText(findings.length, "violation")}`,
  );
  for (const { rule, layer, type, name, message, property } of findings)
    console.log(`  ${rule}: ${layer} ${type} ${name}, ${property}: ${message}`);
  return findings.length;
}

try {
  const { env } = command.parse().opts<{ env?: EnvironmentName }>();
  let violations = 0;
  for (const environment of env ? [env] : environments) violations += await report(environment);
  process.exitCode = violations === 0 ? 0 : 3;
} catch (error) {
  console.error(`policies: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
