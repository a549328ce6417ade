/**
 * Preloaded into `npm run up`: on SIGUSR2 the stack meets what the rollback function does, the cap to 0 and the lock
 * in the live parameters, without anything in the event log.
 */
import { LocalStack } from "../../infra/local/local-stack.ts";
import { serviceOutputs } from "../../infra/local/stack-outputs.ts";

const open = LocalStack.open.bind(LocalStack);
LocalStack.open = async (options) => {
  const stack = await open(options);
  process.on("SIGUSR2", () => {
    const { killSwitch, trippedVersion, strategyIds } = serviceOutputs(stack.outputs("service")).flags;
    stack.aws.appConfig.startDeployment({
      ...killSwitch,
      version: trippedVersion,
      strategyId: strategyIds["0"] as string,
    });
    const lock = { locked: true, cause: "rlsLeak", at: new Date().toISOString(), to: "off" };
    const name = "/part-lens/local/rollout/lock";
    stack.aws.parameters.put({ name, value: JSON.stringify(lock), type: "String", overwrite: true });
  });
  return stack;
};
