/** Preloaded into `npm run up`: on SIGUSR2 other code is deployed, the same bundle with a line more. */
import { appendFileSync, cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { LocalStack } from "../../infra/local/local-stack.ts";
import { serviceOutputs } from "../../infra/local/stack-outputs.ts";

const open = LocalStack.open.bind(LocalStack);
LocalStack.open = async (options) => {
  const stack = await open(options);
  process.on("SIGUSR2", async () => {
    const { codeVersion } = serviceOutputs(stack.outputs("service"));
    const bundles = join(".part-lens", "bundles");
    const built = readdirSync(bundles).find((name) => name === `api-${codeVersion}`) as string;
    const other = join(stack.directory, "other-code");
    cpSync(join(bundles, built), other, { recursive: true });
    appendFileSync(join(other, "index.mjs"), "\n// other code\n");
    await stack.deployCode(other, "other");
    process.stdout.write("other code is deployed\n");
  });
  return stack;
};
