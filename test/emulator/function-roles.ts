import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { policyDocument, type Statement } from "../../infra/policy.ts";
import type { AwsCall } from "./aws-call.ts";
import { account } from "./emulator.ts";

/** Credentials of a role, in the form that SDK clients take. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** The tests play Lambda: any of the account may take the role of a function. */
export const functionTrust = policyDocument([
  { Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "sts:AssumeRole" },
  { Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" },
]);

/** Makes a role that may do just that; its ARN. */
export async function makeRole(
  call: AwsCall,
  name: string,
  trust: string,
  statements: readonly Statement[],
): Promise<string> {
  const role = { RoleName: name, AssumeRolePolicyDocument: trust };
  await call.query("iam", "CreateRole", role);
  const policy = { RoleName: name, PolicyName: name, PolicyDocument: policyDocument(statements) };
  await call.query("iam", "PutRolePolicy", policy);
  return `arn:aws:iam::${account}:role/${name}`;
}

/** The credentials that Lambda would hand to a function with that role. */
export async function roleCredentials(roleArn: string): Promise<RoleCredentials> {
  const taken = new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "function" });
  const { Credentials } = await new STSClient({}).send(taken);
  return {
    accessKeyId: Credentials?.AccessKeyId ?? "",
    secretAccessKey: Credentials?.SecretAccessKey ?? "",
    sessionToken: Credentials?.SessionToken ?? "",
  };
}
