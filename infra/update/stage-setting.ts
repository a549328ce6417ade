import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { project } from "../naming.ts";

const key = `${project}:rolloutStage`;

/**
 * Updates a rollout stack with another stage in its file. Where that fails, the file names the stage that it named
 * before: a plain `pulumi up` from it raises nothing, and is not refused for what somebody once tried.
 */
export async function withStage<Result>(
  stack: Pick<Stack, "getConfig" | "setConfig">,
  stage: string,
  update: () => Promise<Result>,
): Promise<Result> {
  const before = await stack.getConfig(key);
  await stack.setConfig(key, { value: stage });
  try {
    return await update();
  } catch (error) {
    await stack.setConfig(key, before);
    throw error;
  }
}
