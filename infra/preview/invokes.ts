/** Answers the program's data lookups without a cloud. */

/** Named when the program looks something up that has no answer here. */
export class UnknownInvoke extends Error {
  override readonly name = "UnknownInvoke";
  /** What Pulumi shows of a failed lookup. */
  readonly details: string;

  constructor(message: string) {
    super(message);
    this.details = message;
  }
}

/** The account number that a plan uses: no real account has it. */
export const planAccount = "000000000000";

/** What the lookups answer from. `parameters` are the live SSM parameters by full name; undefined = not read. */
export interface LiveState {
  readonly region: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

type Answer = (live: LiveState, inputs: Readonly<Record<string, unknown>>) => Record<string, unknown>;

function parametersByPath(live: LiveState, inputs: Readonly<Record<string, unknown>>) {
  const prefix = `${String(inputs.path ?? "").replace(/\/$/, "")}/`;
  const names = Object.keys(live.parameters ?? {})
    .filter((name) => name.startsWith(prefix))
    .sort();
  return {
    id: prefix,
    path: inputs.path,
    names,
    values: names.map((name) => live.parameters?.[name] ?? ""),
    types: names.map(() => "String"),
    arns: names.map((name) => `arn:aws:ssm:${live.region}:${planAccount}:parameter${name}`),
  };
}

const callerIdentity: Answer = () => ({
  id: planAccount,
  accountId: planAccount,
  arn: `arn:aws:iam::${planAccount}:root`,
  userId: planAccount,
});

const answers: Readonly<Record<string, Answer>> = {
  "aws:ssm/getParametersByPath:getParametersByPath": parametersByPath,
  "aws:index/getCallerIdentity:getCallerIdentity": callerIdentity,
  "aws:index/getRegion:getRegion": ({ region }) => ({
    id: region,
    name: region,
    region,
    description: region,
    endpoint: `ec2.${region}.amazonaws.com`,
  }),
  "aws:index/getPartition:getPartition": () => ({
    id: "aws",
    partition: "aws",
    dnsSuffix: "amazonaws.com",
    reverseDnsPrefix: "com.amazonaws",
  }),
  "aws:index/getAvailabilityZones:getAvailabilityZones": ({ region }) => ({
    id: region,
    names: ["a", "b", "c"].map((zone) => `${region}${zone}`),
    zoneIds: ["1", "2", "3"].map((zone) => `az${zone}`),
    groupNames: [region],
  }),
};

/** Throws UnknownInvoke for a lookup that is not in the table. */
export function answerInvoke(token: string, inputs: Readonly<Record<string, unknown>>, live: LiveState) {
  const answer = answers[token];
  if (!answer) {
    const known = Object.keys(answers).join(", ");
    throw new UnknownInvoke(`no answer to the lookup ${token} without a cloud; there are ${known}`);
  }
  return answer(live, inputs);
}
