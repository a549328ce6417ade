import type { FunctionVersion } from "./function-registry.ts";

export interface EnvironmentRequest {
  readonly name: string;
  readonly region: string;
  readonly version: FunctionVersion;
  /** What the local runtime adds: addresses of the local services, files in the place of managed secrets. */
  readonly injected: Readonly<Record<string, string>>;
}

/** All the variables that a function sees: Lambda's own, the runtime's, the program's. Of ours it sees only PATH. */
export function functionEnvironment(request: EnvironmentRequest): Record<string, string> {
  const { name, region, version, injected } = request;
  return {
    PATH: process.env.PATH ?? "",
    TZ: "UTC",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...injected,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: version.version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(version.memory),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    ...version.environment,
  };
}
