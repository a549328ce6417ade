/** Every name the program gives: physical names within the services' limits, type tokens, default tags. */

export const environments = ["local", "dev", "staging", "prod"] as const;
export const layers = ["foundation", "service", "rollout"] as const;

export type EnvironmentName = (typeof environments)[number];
export type LayerName = (typeof layers)[number];

/** Which stack of which environment: `<environment>-<layer>`. */
export interface StackName {
  readonly environment: EnvironmentName;
  readonly layer: LayerName;
}

/** Where a stack's resources are: what names and ARNs are written with. */
export interface Place {
  readonly environment: string;
  readonly accountId: string;
  readonly region: string;
}

export const project = "part-lens";

/** The longest physical name each service takes, in characters. Source: the services' API references. */
const limits = {
  alarm: 255,
  apiKey: 1024,
  appconfig: 64,
  bucket: 63,
  buildProject: 150,
  cluster: 63,
  dashboard: 255,
  function: 64,
  headersPolicy: 128,
  httpApi: 128,
  key: 250,
  launchTemplate: 128,
  parameterGroup: 255,
  role: 64,
  rule: 64,
  subnetGroup: 255,
  topic: 256,
  webAcl: 128,
} as const satisfies Record<string, number>;

/**
 * `part-lens-<environment>-<part>-…`, the physical name of a thing of that service.
 * Throws a RangeError when it would be longer than the service allows: a name cut short is a name that collides.
 */
export function physicalName(service: keyof typeof limits, environment: string, ...parts: string[]): string {
  const name = [project, environment, ...parts].join("-");
  if (name.length <= limits[service]) return name;
  throw new RangeError(
    `"${name}" has ${name.length} characters, a ${service} name at most ${limits[service]}`,
  );
}

/** The ARN of a role of ours, for those that must name it before it exists. */
export function roleArn(place: Place, ...parts: string[]): string {
  return `arn:aws:iam::${place.accountId}:role/${physicalName("role", place.environment, ...parts)}`;
}

/** What every alarm's name starts with; the rest is the alarm's key. */
export function alarmPrefix(environment: string): string {
  return `${physicalName("alarm", environment)}-`;
}

/** The type token of a component: `part-lens:<folder>:<Class>`. */
export function componentType(folder: string, className: string): string {
  return `${project}:${folder}:${className}`;
}

/** The tags on everything that can carry tags. None of them depends on the rollout stage. */
export function defaultTags(stack: StackName): Record<string, string> {
  return { Environment: stack.environment, Layer: stack.layer, ManagedBy: "pulumi", Project: project };
}

/** Reads a stack's name. Throws when it is not `<environment>-<layer>`, and says which there are. */
export function parseStackName(stack: string): StackName {
  const environment = environments.find((name) => stack.startsWith(`${name}-`));
  const layer = layers.find((name) => stack === `${environment}-${name}`);
  if (environment && layer) return { environment, layer };
  throw new Error(
    `the stack is named "${stack}", but stacks are <environment>-<layer>: ` +
      `environment is one of ${environments.join(", ")}, layer one of ${layers.join(", ")}`,
  );
}
