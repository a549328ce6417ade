/** The statements of the policy documents among a resource's inputs. */
import type { PlannedResource } from "../preview/graph.ts";

export interface PolicyStatement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

export interface FoundStatement {
  /** Where it stands: `policy.Statement[0]`. */
  readonly property: string;
  readonly statement: PolicyStatement;
}

/** The inputs that hold a policy document, per type. */
const documents: Readonly<Record<string, readonly string[]>> = {
  "aws:iam/policy:Policy": ["policy"],
  "aws:iam/role:Role": ["assumeRolePolicy"],
  "aws:iam/rolePolicy:RolePolicy": ["policy"],
  "aws:kms/key:Key": ["policy"],
  "aws:s3/bucketPolicy:BucketPolicy": ["policy"],
  "aws:secretsmanager/secretPolicy:SecretPolicy": ["policy"],
  "aws:sns/topic:Topic": ["policy"],
  "aws:sns/topicPolicy:TopicPolicy": ["policy"],
  "aws:sqs/queuePolicy:QueuePolicy": ["policy"],
  "aws:ec2/vpcEndpoint:VpcEndpoint": ["policy"],
};

/** One or several values as a list. */
export function listOf(value: unknown): string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]).map(String);
}

export function statementsOf(resource: PlannedResource): FoundStatement[] {
  return (documents[resource.type] ?? []).flatMap((input) => {
    const document = resource.inputs[input];
    if (document === undefined) return [];
    const parsed = (typeof document === "string" ? JSON.parse(document) : document) as {
      Statement?: PolicyStatement | PolicyStatement[];
    };
    return [parsed.Statement ?? []]
      .flat()
      .map((statement, index) => ({ property: `${input}.Statement[${index}]`, statement }));
  });
}

/** The AWS services that a statement speaks of. */
export function services(statement: PolicyStatement): string[] {
  const { Principal } = statement;
  if (Principal === null || typeof Principal !== "object") return [];
  return listOf((Principal as Record<string, unknown>).Service);
}

/** The values of a condition key, whatever its operator. */
export function conditionValues(statement: PolicyStatement, key: string): string[] {
  return Object.values(statement.Condition ?? {}).flatMap((operands) => listOf(operands[key]));
}

/** Whether the statement refuses every request without TLS. */
export function refusesWithoutTls({ Effect, Principal, Condition }: PolicyStatement): boolean {
  const everybody =
    Principal === "*" || listOf((Principal as { AWS?: unknown } | undefined)?.AWS).includes("*");
  return Effect === "Deny" && everybody && String(Condition?.Bool?.["aws:SecureTransport"]) === "false";
}
