import { randomBytes } from "node:crypto";
import { arnOf } from "./arn.ts";
import { AwsError } from "./aws-error.ts";
import { type IdentityRequest, identityAllows } from "./identity-policy.ts";
import { policyAllows } from "./resource-policy.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Credentials with who holds them. */
export interface Session extends Credentials {
  /** The role's ARN; undefined for the administrator. */
  readonly role: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, real time; undefined for credentials that do not expire. */
  readonly expiresAt: number | undefined;
}

export interface Role {
  readonly arn: string;
  readonly name: string;
  readonly assumeRolePolicy: string;
}

export interface AssumeRole {
  readonly roleArn: string;
  readonly sessionName: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly durationSeconds?: number;
}

/** STS: who holds which credentials on this machine. Expiry is real time, as URL expiry is. */
export class SessionService {
  /** The host's own credentials: they reach everything. */
  readonly administrator: Credentials;
  readonly #sessions = new Map<string, Session>();
  readonly #roles = new Map<string, Role>();
  /** Policy documents by role name, then by policy name. */
  readonly #policies = new Map<string, Map<string, string>>();
  readonly #forRole = new Map<string, Credentials>();

  constructor() {
    this.administrator = this.#issue("AKIA", { role: undefined, tags: {}, expiresAt: undefined });
  }

  putRole(role: Role): void {
    this.#roles.set(role.arn, role);
  }

  deleteRole(arn: string): void {
    this.#roles.delete(arn);
  }

  putRolePolicy(role: string, name: string, document: string): void {
    this.#policies.set(role, (this.#policies.get(role) ?? new Map()).set(name, document));
  }

  deleteRolePolicy(role: string, name: string): void {
    this.#policies.get(role)?.delete(name);
  }

  /** Whether the policies of the session's role allow it; the administrator may do everything. */
  allows({ role, tags }: Session, request: Omit<IdentityRequest, "tags">): boolean {
    if (role === undefined) return true;
    const name = role.split("/").at(-1) ?? "";
    return identityAllows([...(this.#policies.get(name)?.values() ?? [])], { ...request, tags });
  }

  /** The credentials of a function that runs as that role; they last as long as the service. */
  forRole(arn: string): Credentials {
    const known = this.#forRole.get(arn);
    if (known) return known;
    const issued = this.#issue("ASIA", { role: arn, tags: {}, expiresAt: undefined });
    this.#forRole.set(arn, issued);
    return issued;
  }

  /** The session of an access key; undefined for an unknown or expired one. */
  find(accessKeyId: string): Session | undefined {
    const session = this.#sessions.get(accessKeyId);
    return session?.expiresAt !== undefined && session.expiresAt <= Date.now() ? undefined : session;
  }

  /** Throws AwsError AccessDenied where the role does not exist or its trust policy does not name the caller. */
  assumeRole(caller: Session, wanted: AssumeRole): Session {
    const role = this.#roles.get(wanted.roleArn);
    const tags = wanted.tags ?? {};
    const actions = ["sts:AssumeRole", ...(Object.keys(tags).length ? ["sts:TagSession"] : [])];
    const policy = role?.assumeRolePolicy ?? "";
    const refused = actions.find((action) => caller.role && !policyAllows(policy, caller.role, action));
    if (!role || refused) {
      const who = caller.role ?? "administrator";
      throw new AwsError("AccessDenied", `${who} may not ${refused ?? actions[0]} on ${wanted.roleArn}`, 403);
    }
    const expiresAt = Date.now() + durationOf(wanted) * 1000;
    const credentials = this.#issue("ASIA", { role: role.arn, tags, expiresAt });
    return this.#sessions.get(credentials.accessKeyId) as Session;
  }

  #issue(prefix: "AKIA" | "ASIA", holder: Omit<Session, keyof Credentials>): Credentials {
    const accessKeyId = prefix + randomBytes(8).toString("hex").toUpperCase();
    const secretAccessKey = randomBytes(30).toString("base64");
    const sessionToken = randomBytes(96).toString("base64");
    const credentials = { accessKeyId, secretAccessKey, ...(prefix === "ASIA" && { sessionToken }) };
    this.#sessions.set(accessKeyId, { ...credentials, ...holder });
    return credentials;
  }
}

function durationOf({ durationSeconds = 3600 }: AssumeRole): number {
  if (durationSeconds < 900 || durationSeconds > 43_200)
    throw new AwsError("ValidationError", "DurationSeconds is 900…43200");
  return durationSeconds;
}

/** The ARN of a role by its name. */
export function roleArn(name: string): string {
  return arnOf("iam", "", `role/${name}`);
}
