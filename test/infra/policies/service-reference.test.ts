/** What the program grants, held against AWS's own reference of actions: no permission of ours is granted on nothing. */
import { describe, expect, it } from "vitest";
import { ofNoResource } from "../../../infra/policies/rules/grant-takes-effect.ts";
import { listOf, type PolicyStatement, statementsOf } from "../../../infra/policies/statements.ts";
import type { PlannedResource } from "../../../infra/preview/graph.ts";
import { type Reference, resolveReferences } from "../../../infra/preview/reference.ts";
import { grants } from "../../support/arn-pattern.ts";
import { plannedEnvironment } from "../../support/planned-environment.ts";
import {
  isKey,
  type ReferenceAction,
  type ResourceKind,
  referenceAction,
} from "../../support/service-reference.ts";
import { policy, resource } from "./graph.ts";

const environments = ["dev", "staging", "prod"] as const;
const types: readonly string[] = ["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"];

const region = "eu-west-1:333333333333";
/** ARNs as AWS gives them, by type of resource. */
const arns: Readonly<Record<string, (name: string) => string>> = {
  "aws:cloudwatch/logGroup:LogGroup": (name) => `arn:aws:logs:${region}:log-group:${name}`,
  "aws:cloudwatch/metricAlarm:MetricAlarm": (name) => `arn:aws:cloudwatch:${region}:alarm:${name}`,
  "aws:codebuild/project:Project": (name) => `arn:aws:codebuild:${region}:project/${name}`,
  "aws:kms/key:Key": (name) => `arn:aws:kms:${region}:key/${name}`,
  "aws:lambda/alias:Alias": (name) => `arn:aws:lambda:${region}:function:${name}:live`,
  "aws:lambda/function:Function": (name) => `arn:aws:lambda:${region}:function:${name}`,
  "aws:rds/cluster:Cluster": (name) => `arn:aws:rds:${region}:cluster:${name}`,
  "aws:s3/bucket:Bucket": (name) => `arn:aws:s3:::${name}`,
  "aws:sns/topic:Topic": (name) => `arn:aws:sns:${region}:${name}`,
};

function outputOf({ type, name, property }: Reference): string {
  if (property.endsWith("secretArn")) return `arn:aws:secretsmanager:${region}:secret:${name}`;
  if (property !== "arn") return name;
  const arn = arns[type];
  if (!arn) throw new Error(`no form of the ARNs of ${type}`);
  return arn(name);
}

const isGranted = (patterns: readonly string[], { arns: formats }: ResourceKind) =>
  patterns.some((pattern) => formats.some((format) => grants(pattern, format)));

/** What of an action's grant has no effect, in words. */
const inert: Question = ({ kinds }, statements) => {
  const patterns = statements.flatMap(({ Resource }) => listOf(Resource));
  if (patterns.includes("*")) return [];
  if (kinds.length === 0) return ["takes no resource"];
  const missing = kinds.filter((kind) => kind.required && !isGranted(patterns, kind));
  if (missing.length > 0) return missing.map((kind) => `needs a ${kind.name}`);
  return kinds.some((kind) => isGranted(patterns, kind)) ? [] : ["is judged by none of the resources"];
};

/** The resources of a statement that none of its actions is judged by. */
async function idle({ Action, Resource }: PolicyStatement): Promise<string[]> {
  const known = await Promise.all(listOf(Action).map(referenceAction));
  const kinds = known.flatMap((action) => (typeof action === "object" ? action.kinds : []));
  if (known.includes("not copied") || kinds.length === 0) return [];
  return listOf(Resource).filter((pattern) => !kinds.some((kind) => isGranted([pattern], kind)));
}

/** The statements of each action that a resource's documents name, wildcards left out. */
function byAction(planned: PlannedResource): Map<string, PolicyStatement[]> {
  const statements = statementsOf(planned).map(({ statement }) => statement);
  const named = statements.flatMap(({ Action }) => listOf(Action)).filter((action) => !action.includes("*"));
  const naming = (action: string) => statements.filter(({ Action }) => listOf(Action).includes(action));
  return new Map(named.map((action) => [action, naming(action)]));
}

type Question = (action: ReferenceAction, statements: readonly PolicyStatement[]) => string[];

/** What the questions find of each action, and the actions that do not exist. */
async function askedOf(planned: PlannedResource, ...questions: readonly Question[]): Promise<string[]> {
  const found = [...byAction(planned)].map(async ([action, statements]) => {
    const known = await referenceAction(action);
    if (known === "not copied") return [];
    const problems = known ? questions.flatMap((ask) => ask(known, statements)) : ["does not exist"];
    return problems.map((what) => `${planned.name}: ${action} ${what}`);
  });
  return (await Promise.all(found)).flat();
}

async function problemsOf(planned: PlannedResource): Promise<string[]> {
  const inputs = resolveReferences(planned.inputs, outputOf) as PlannedResource["inputs"];
  const real = { ...planned, inputs };
  const problems = await askedOf(real, inert, foreignKeys);
  if (problems.length > 0) return problems;
  const statements = new Set([...byAction(real).values()].flat());
  const wasted = (await Promise.all([...statements].map(idle))).flat();
  return wasted.filter((arn) => arn !== "*").map((arn) => `${planned.name}: ${arn} is granted for nothing`);
}

const foreignKeys: Question = ({ conditionKeys }, statements) =>
  statements
    .flatMap(({ Condition }) => Object.values(Condition ?? {}).flatMap((operands) => Object.keys(operands)))
    .filter((key) => !isKey(key, conditionKeys))
    .map((key) => `knows no condition ${key}`);

describe("by AWS's reference of actions", () => {
  it.each(environments)(
    "every action that %s grants exists, and is judged by what it is granted on",
    async (environment) => {
      const { resources } = await plannedEnvironment(environment);
      const policies = resources.filter(({ type }) => types.includes(type));
      expect(policies.length).toBeGreaterThan(20);
      const problems = await Promise.all(policies.map(problemsOf));
      expect(problems.flat()).toEqual([]);
    },
  );

  it.each(environments)(
    "every action in the other documents of %s exists, and knows its conditions: who may be a role, use a key, a topic",
    async (environment) => {
      const { resources } = await plannedEnvironment(environment);
      const others = resources.filter((one) => !types.includes(one.type) && byAction(one).size > 0);
      expect([...new Set(others.map(({ type }) => type))].sort()).toEqual([
        "aws:iam/role:Role",
        "aws:kms/key:Key",
        "aws:sns/topicPolicy:TopicPolicy",
      ]);
      expect((await Promise.all(others.map((one) => askedOf(one, foreignKeys)))).flat()).toEqual([]);
    },
  );

  it.each([...ofNoResource])("%s needs no resource, as the rule of grants has it", async (action) => {
    const { kinds } = (await referenceAction(action)) as ReferenceAction;
    expect(kinds.filter(({ required }) => required)).toEqual([]);
  });

  const bucket = "arn:aws:s3:::part-lens-dev-photos";
  it.each<[string, object, string[]]>([
    [
      "an object's action on its bucket",
      { Action: "s3:GetObject", Resource: bucket },
      ["s3:GetObject is judged by none of the resources"],
    ],
    [
      "an object's action on what lies in the bucket",
      { Action: "s3:GetObject", Resource: `${bucket}/*` },
      [],
    ],
    [
      "a bucket's action on what lies in it",
      { Action: "s3:ListBucket", Resource: `${bucket}/*` },
      ["s3:ListBucket is judged by none of the resources"],
    ],
    [
      "an action with a slip of the pen",
      { Action: "s3:GetObjects", Resource: "*" },
      ["s3:GetObjects does not exist"],
    ],
    [
      "what takes no resource on one",
      { Action: "xray:PutTraceSegments", Resource: bucket },
      ["xray:PutTraceSegments takes no resource"],
    ],
    [
      "another service's resource",
      { Action: "sns:Publish", Resource: bucket },
      ["sns:Publish needs a topic"],
    ],
    [
      "a condition of another service",
      { Action: "sns:Publish", Resource: "*", Condition: { StringEquals: { "s3:prefix": "a" } } },
      ["sns:Publish knows no condition s3:prefix"],
    ],
    [
      "a resource that no action takes",
      { Action: "sns:Publish", Resource: [`arn:aws:sns:${region}:alerts`, bucket] },
      [`${bucket} is granted for nothing`],
    ],
    [
      "a deployment without its strategy",
      {
        Action: "appconfig:StartDeployment",
        Resource: [
          "application/a",
          "application/a/environment/e",
          "application/a/configurationprofile/p",
        ].map((place) => `arn:aws:appconfig:${region}:${place}`),
      },
      ["appconfig:StartDeployment needs a deploymentstrategy"],
    ],
  ])("%s is seen for what it is", async (_title, statement, problems) => {
    const granted = resource("aws:iam/rolePolicy:RolePolicy", {
      policy: policy({ Effect: "Allow", ...statement }),
    });
    expect(await problemsOf(granted)).toEqual(problems.map((problem) => `${granted.name}: ${problem}`));
  });
});
