/** The only reader of `pulumi.Config`: a stack's settings, validated, with every problem in one message. */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { stageNames } from "../flags/plan.ts";
import { severities } from "../monitoring/notifications.ts";
import { delivery, deliveryProblems } from "./delivery-config.ts";
import { edge } from "./edge-config.ts";
import { exampleSettings } from "./example-settings.ts";
import { identity } from "./identity-config.ts";
import { project, type StackName } from "./naming.ts";

const slug = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, "is a lower-case name of letters, digits and dashes, at most 31");
const count = z.int().min(1);

const account = z.strictObject({
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "is an AWS region such as eu-west-1"),
  allowedAccountIds: z.tuple([z.string().regex(/^\d{12}$/, "is an account number of 12 digits")]),
});

const logDays = z.literal([7, 14, 30, 90, 180, 365]);

const cluster = z.strictObject({
  name: slug,
  minCapacity: z.number().min(0.5).max(256),
  maxCapacity: z.number().min(1).max(256),
  instances: count.max(15),
  /** An RDS Proxy in front of it, for the API. */
  proxy: z.boolean().default(false),
});

const foundation = z.strictObject({
  vpcCidr: z.cidrv4(),
  zones: z.array(z.string()).length(3),
  endpointZones: count.max(3),
  clusters: z.array(cluster).min(1),
  backupDays: count.max(35),
  logDays,
  protectData: z.boolean(),
  delivery: z.union([z.literal(false), delivery]),
  portForward: z.boolean(),
});

const tenant = z.strictObject({
  id: slug,
  name: z.string().min(1),
  cluster: slug,
  /** The cluster that it is to be moved from, or was: its database there is kept as long as this says so. */
  movedFrom: slug.optional(),
});

const yacht = z.strictObject({
  id: z.uuid(),
  name: z.string().min(1),
  tenant: slug,
  pilot: z.boolean().optional(),
  holdOut: z.boolean().optional(),
});

/** Everyone is told of a rollback. Source: domain.md, "Rolling back". */
const contact = z.strictObject({
  email: z.email(),
  hears: z.array(z.enum(severities)).refine((heard) => heard.includes("critical"), "must include critical"),
});

const service = z.strictObject({
  masterCluster: slug,
  tenants: z.array(tenant).min(1),
  yachts: z.array(yacht).min(1),
  identity,
  contacts: z.strictObject({ engineering: contact, ops: contact, escalation: contact }),
  codeVersion: z.union([z.literal("latest"), count], "is latest, or the number of a published version"),
  flagPollSeconds: z.int().min(0).max(60),
  poolMax: count.max(10),
  deadlineMilliseconds: z.int().min(100).max(25_000),
  concurrency: count.max(1000),
  requestsPerSecond: count,
  logDays,
  webOrigins: z.array(z.url()),
  edge,
  tracing: z.boolean(),
  evidence: z.strictObject({ lock: z.literal(["governance", "compliance"]), days: count.max(3650) }),
  /** The judge looks every minute; without, a stage is judged by whoever carries the rollout on. */
  scheduledJudge: z.boolean(),
  protectData: z.boolean(),
});

const rollout = z.strictObject({ rolloutStage: z.literal([...stageNames]) });

export type Account = { readonly region: string; readonly accountId: string };
export type TenantConfig = Readonly<z.infer<typeof tenant>>;
export type YachtConfig = Readonly<z.infer<typeof yacht>>;
export type FoundationConfig = Account & Readonly<z.infer<typeof foundation>>;
export type ServiceConfig = Account & Readonly<z.infer<typeof service>>;
export type RolloutConfig = Account & Readonly<z.infer<typeof rollout>>;

/**
 * What is wrong with a stack's settings, every problem of it, and where to mend them. Of a RunError Pulumi shows the
 * message alone, without a stack trace.
 */
export class ConfigError extends pulumi.RunError {
  readonly problems: readonly string[];

  constructor(stack: StackName, problems: readonly string[]) {
    const name = `${stack.environment}-${stack.layer}`;
    const list = problems.map((problem) => `\n  ${problem}`).join("");
    super(
      `${problems.length} problem(s) in the configuration of ${name}:${list}\n` +
        `Mend infra/stacks/Pulumi.${name}.yaml, or use "pulumi config set".`,
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** The settings of a foundation stack. Throws a ConfigError with every problem. */
export function foundationConfig(stack: StackName): FoundationConfig {
  return read(stack, foundation, (config) => [
    ...duplicates(
      "clusters",
      config.clusters.map((entry) => entry.name),
    ),
    ...duplicates("zones", config.zones),
    ...config.clusters
      .filter((entry) => entry.minCapacity > entry.maxCapacity)
      .map((entry) => `part-lens:clusters: "${entry.name}" has a minCapacity above its maxCapacity`),
    ...(config.delivery ? deliveryProblems(config.delivery) : []),
  ]);
}

/** The settings of a service stack. Throws a ConfigError with every problem. */
export function serviceConfig(stack: StackName): ServiceConfig {
  const config = read(stack, service, (config) => [
    ...duplicates(
      "tenants",
      config.tenants.map((entry) => entry.id),
    ),
    ...duplicates(
      "yachts",
      config.yachts.map((entry) => entry.id),
    ),
    ...fleetProblems(config.tenants, config.yachts),
  ]);
  return { ...config, identity: { ...config.identity, jwks: absolute(config.identity.jwks) } };
}

/** The settings of a rollout stack: the stage, and nothing else. Throws a ConfigError with every problem. */
export function rolloutConfig(stack: StackName): RolloutConfig {
  return read(stack, rollout, () => []);
}

function fleetProblems(tenants: readonly TenantConfig[], yachts: readonly YachtConfig[]): string[] {
  const known = new Set(tenants.map((entry) => entry.id));
  const served = new Set(yachts.map((entry) => entry.tenant));
  const stray = yachts.filter((entry) => !known.has(entry.tenant));
  const torn = yachts.filter((entry) => entry.pilot && entry.holdOut);
  const empty = tenants.filter((entry) => !served.has(entry.id));
  const standing = tenants.filter((entry) => entry.movedFrom === entry.cluster);
  return [
    ...stray.map(
      (entry) =>
        `part-lens:yachts: "${entry.name}" is of tenant "${entry.tenant}", which is not in part-lens:tenants`,
    ),
    ...torn.map(
      (entry) => `part-lens:yachts: "${entry.name}" is both a pilot and held out; it can be one of them`,
    ),
    ...standing.map(
      (entry) =>
        `part-lens:tenants: "${entry.id}" is moved from the cluster that it is on; take movedFrom out`,
    ),
    ...empty.map((entry) => `part-lens:tenants: "${entry.id}" has no yacht; give it one or take it out`),
  ];
}

function duplicates(key: string, values: readonly string[]): string[] {
  const repeated = values.filter((value, index) => values.indexOf(value) !== index);
  return [...new Set(repeated)].map((value) => `${project}:${key}: "${value}" appears more than once`);
}

/** Reads the keys a schema names, checks them, and then checks what a schema cannot say. */
function read<Shape extends z.ZodRawShape>(
  stack: StackName,
  schema: z.ZodObject<Shape>,
  crossCheck: (config: z.infer<z.ZodObject<Shape>>) => string[],
): z.infer<z.ZodObject<Shape>> & Account {
  const given = {
    aws: values("aws", Object.keys(account.shape)),
    [project]: values(project, Object.keys(schema.shape)),
  };
  const own = schema.safeParse(given[project]);
  const aws = account.safeParse(given.aws);
  const problems = [
    ...issues("aws", aws.error),
    ...issues(project, own.error),
    ...(own.success ? crossCheck(own.data) : []),
    ...(acceptsExamples()
      ? []
      : Object.entries(given).flatMap(([name, all]) => exampleSettings(`${name}:`, all))),
  ];
  if (!own.success || !aws.success || problems.length > 0) throw new ConfigError(stack, problems);
  return { ...own.data, region: aws.data.region, accountId: aws.data.allowedAccountIds[0] };
}

/** Where nothing is deployed (previews without a cloud, one machine) the examples do. No stack file says so. */
function acceptsExamples(): boolean {
  return new pulumi.Config(project).getBoolean("acceptExamples") ?? false;
}

function issues(namespace: string, error: z.ZodError | undefined): string[] {
  return (error?.issues ?? []).map((issue) => `${namespace}:${issue.path.join(".")}: ${issue.message}`);
}

/** Config values are text; what is JSON (numbers, lists, objects) is parsed, a missing key is left out. */
function values(namespace: string, keys: readonly string[]): Record<string, unknown> {
  const config = new pulumi.Config(namespace);
  const found = keys.map((key) => [key, config.get(key)] as const);
  return Object.fromEntries(
    found.filter(([, text]) => text !== undefined).map(([key, text]) => [key, parsed(text!)]),
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A relative `file:` URI counts from the repository, whatever the folder the program is run in. */
function absolute(uri: string): string {
  return new URL(uri, new URL("../", import.meta.url)).href;
}
