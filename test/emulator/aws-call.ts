/** Signed calls to those services of the emulator that the project has no client for: IAM, Lambda, CloudWatch, CodeBuild, Secrets Manager. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { administrator, region } from "./emulator.ts";

/** Calls of the emulator's services. Each rejects with the status and the body of a refusal. */
export interface AwsCall {
  /** A service of the query protocol; `parameters` flat, as its reference writes them. Answers the XML. */
  query(service: "iam" | "monitoring", action: string, parameters: Record<string, string>): Promise<string>;
  /** An operation of CodeBuild. */
  build(operation: string, body: object): Promise<string>;
  /** An operation of Secrets Manager. */
  secret(operation: string, body: object): Promise<string>;
  /** Any operation of the Systems Manager, also those that the emulator judges and does not know. */
  systems(operation: string, body: object): Promise<string>;
  /** POST of Lambda's API. */
  lambda(path: string, body: object): Promise<string>;
  /** POST of API Gateway's API; GET without a body. */
  gateway(path: string, body?: object): Promise<string>;
}

const versions = { iam: "2010-05-08", monitoring: "2010-08-01" } as const;

const json = { "content-type": "application/json" };

/** `credentials`: default the emulator's administrator's. */
export function awsCall(endpoint: string, credentials: Caller["credentials"] = administrator): AwsCall {
  const post = (service: string, path: string, headers: Record<string, string>, body?: string) =>
    send({ endpoint, credentials }, service, path, headers, body);
  const targeted = (service: string, target: string, body: object) => {
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    return post(service, "/", headers, JSON.stringify(body));
  };
  return {
    query(service, action, parameters) {
      const body = new URLSearchParams({ Action: action, Version: versions[service], ...parameters });
      return post(service, "/", { "content-type": "application/x-www-form-urlencoded" }, body.toString());
    },
    build: (operation, body) => targeted("codebuild", `CodeBuild_20161006.${operation}`, body),
    secret: (operation, body) => targeted("secretsmanager", `secretsmanager.${operation}`, body),
    systems: (operation, body) => targeted("ssm", `AmazonSSM.${operation}`, body),
    lambda: (path, body) => post("lambda", path, json, JSON.stringify(body)),
    gateway: (path, body) => post("apigateway", path, json, body && JSON.stringify(body)),
  };
}

interface Caller {
  readonly endpoint: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
}

async function send(
  { endpoint, credentials }: Caller,
  service: string,
  path: string,
  own: Record<string, string>,
  body: string | undefined,
) {
  const { hostname, port, host } = new URL(endpoint);
  const signer = new SignatureV4({ service, region, credentials, sha256: Sha256 });
  const method = body === undefined ? "GET" : "POST";
  const sent = body === undefined ? {} : { body };
  const request = {
    protocol: "http:",
    hostname,
    port: Number(port),
    method,
    path,
    headers: { host, ...own },
  };
  const { headers } = await signer.sign({ ...request, ...sent });
  const answer = await fetch(`${endpoint}${path}`, { method, headers, ...sent });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service} ${path} answered ${answer.status} ${text}`);
  return text;
}
