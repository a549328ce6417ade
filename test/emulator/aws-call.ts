/** Signed calls to those services of the emulator that the project has no client for: IAM, Lambda, CloudWatch. */
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { administrator, region } from "./emulator.ts";

/** Calls of the emulator's services, as its administrator. Each rejects with the status and the body of a refusal. */
export interface AwsCall {
  /** A service of the query protocol; `parameters` flat, as its reference writes them. Answers the XML. */
  query(service: "iam" | "monitoring", action: string, parameters: Record<string, string>): Promise<string>;
  /** POST of Lambda's API. */
  lambda(path: string, body: object): Promise<string>;
}

const versions = { iam: "2010-05-08", monitoring: "2010-08-01" } as const;

export function awsCall(endpoint: string): AwsCall {
  return {
    query(service, action, parameters) {
      const body = new URLSearchParams({ Action: action, Version: versions[service], ...parameters });
      return send(endpoint, service, "/", "application/x-www-form-urlencoded", body.toString());
    },
    lambda: (path, body) => send(endpoint, "lambda", path, "application/json", JSON.stringify(body)),
  };
}

async function send(endpoint: string, service: string, path: string, type: string, body: string) {
  const { hostname, port, host } = new URL(endpoint);
  const signer = new SignatureV4({ service, region, credentials: administrator, sha256: Sha256 });
  const { headers } = await signer.sign({
    protocol: "http:",
    hostname,
    port: Number(port),
    method: "POST",
    path,
    headers: { host, "content-type": type },
    body,
  });
  const answer = await fetch(`${endpoint}${path}`, { method: "POST", headers, body });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${service} ${path} answered ${answer.status} ${text}`);
  return text;
}
