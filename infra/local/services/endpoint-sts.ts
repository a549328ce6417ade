import { AwsError } from "./aws-error.ts";
import {
  type EndpointAnswer,
  type EndpointProtocol,
  queryList,
  queryRefusal,
  type SignedRequest,
  xml,
  xmlAnswer,
} from "./endpoint-protocol.ts";
import type { SessionService } from "./session-service.ts";

const namespace = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"';

/** STS's query protocol: AssumeRole with session tags. */
export class StsEndpoint implements EndpointProtocol {
  readonly service = "sts";
  readonly #sessions: SessionService;

  constructor(sessions: SessionService) {
    this.#sessions = sessions;
  }

  async answer(request: SignedRequest): Promise<EndpointAnswer> {
    const form = new URLSearchParams(Buffer.from(request.body).toString());
    const action = form.get("Action");
    if (action !== "AssumeRole")
      throw new AwsError("NotImplemented", `STS operation ${action} is not simulated`, 501);
    return this.#assumeRole(request, form);
  }

  refuse(error: AwsError, requestId: string): EndpointAnswer {
    return queryRefusal(error, requestId);
  }

  #assumeRole(request: SignedRequest, form: URLSearchParams): EndpointAnswer {
    const roleArn = form.get("RoleArn") ?? "";
    const sessionName = form.get("RoleSessionName") ?? "";
    const duration = form.get("DurationSeconds");
    const tags = queryList(form, "Tags").map(({ Key = "", Value = "" }) => [Key, Value] as const);
    const session = this.#sessions.assumeRole(request.session, {
      roleArn,
      sessionName,
      tags: Object.fromEntries(tags),
      ...(duration !== null && { durationSeconds: Number(duration) }),
    });
    const result = [
      xml("Credentials", [
        xml("AccessKeyId", session.accessKeyId),
        xml("SecretAccessKey", session.secretAccessKey),
        xml("SessionToken", session.sessionToken ?? ""),
        xml("Expiration", new Date(session.expiresAt ?? 0).toISOString()),
      ]),
      xml("AssumedRoleUser", [
        xml("Arn", `${roleArn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")}/${sessionName}`),
        xml("AssumedRoleId", `${session.accessKeyId}:${sessionName}`),
      ]),
    ];
    return xmlAnswer(200, xml(`AssumeRoleResponse ${namespace}`, [xml("AssumeRoleResult", result)]));
  }
}
