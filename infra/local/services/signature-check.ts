/**
 * Verifies AWS's Signature Version 4 by signing again with the SDK's own signer: what the client signed is built
 * from what arrived, so a changed method, path, query, header, body or secret gives another signature.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import { Sha256 } from "@aws-crypto/sha256-js";
import { SignatureV4 } from "@smithy/signature-v4";
import { AwsError } from "./aws-error.ts";
import type { Session } from "./session-service.ts";

export interface ReceivedRequest {
  readonly method: string;
  /** As it came, percent-encoded, without the query. */
  readonly path: string;
  /** Decoded; the order does not matter. */
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface Verified {
  readonly session: Session;
  /** The service the request was signed for, such as "s3". */
  readonly service: string;
}

export interface SignatureRules {
  readonly region: string;
  readonly find: (accessKeyId: string) => Session | undefined;
  /** Real time in milliseconds. */
  readonly now?: () => number;
}

/** What the client says about its signature, from the header or from the query. */
interface Claim {
  readonly presigned: boolean;
  readonly credential: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly date: string;
  readonly expires: number;
  readonly token: string | undefined;
}

type Signable = Parameters<SignatureV4["presign"]>[0];

const clockSkew = 15 * 60_000;
const longestExpiry = 7 * 24 * 3600;
/** The query parameters that the signer makes again. */
const presigning = [
  "Algorithm",
  "Credential",
  "Date",
  "Expires",
  "SignedHeaders",
  "Signature",
  "Security-Token",
];

/** Throws AwsError (403, or 400 for a body that is not what was signed) in S3's words. */
export async function checkSignature(request: ReceivedRequest, rules: SignatureRules): Promise<Verified> {
  const claim = claimOf(request);
  const [accessKeyId = "", day, region, service = "", end] = claim.credential.split("/");
  const session = rules.find(accessKeyId);
  if (!session) throw new AwsError("InvalidAccessKeyId", "no such access key, or it has expired", 403);
  if (region !== rules.region || end !== "aws4_request" || day !== claim.date.slice(0, 8))
    throw denied(`the credential scope ${claim.credential} is not for ${rules.region} and that day`);
  if (session.sessionToken !== claim.token) throw new AwsError("InvalidToken", "wrong session token", 403);
  checkTime(claim, rules.now?.() ?? Date.now());
  checkSignedHeaders(request, claim);
  checkBody(request, claim, service);
  const expected = await signAgain(request, claim, session, { region, service });
  if (!equal(expected, claim.signature))
    throw new AwsError("SignatureDoesNotMatch", "the signature does not match the request", 403);
  return { session, service };
}

function claimOf(request: ReceivedRequest): Claim {
  const { headers, query } = request;
  const authorization = headers.authorization;
  if (authorization) {
    const match =
      /^AWS4-HMAC-SHA256 Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
        authorization,
      );
    const [, credential, signed, signature] = match ?? [];
    if (!credential || !signed || !signature) throw denied("malformed Authorization header");
    const token = headers["x-amz-security-token"];
    const date = headers["x-amz-date"] ?? "";
    const signedHeaders = signed.split(";");
    return { presigned: false, credential, signedHeaders, signature, date, expires: 0, token };
  }
  const part = (name: string) => [query[`X-Amz-${name}`]].flat()[0];
  if (part("Algorithm") !== "AWS4-HMAC-SHA256")
    throw new AwsError("AccessDenied", "the request is not signed", 403);
  return {
    presigned: true,
    credential: part("Credential") ?? "",
    signedHeaders: (part("SignedHeaders") ?? "").split(";"),
    signature: part("Signature") ?? "",
    date: part("Date") ?? "",
    expires: Number(part("Expires")),
    token: part("Security-Token"),
  };
}

function checkTime(claim: Claim, now: number): void {
  const date = dateOf(claim.date).getTime();
  if (date > now + clockSkew) throw new AwsError("RequestTimeTooSkewed", "signed in the future", 403);
  if (!claim.presigned) {
    if (now - date > clockSkew) throw new AwsError("RequestTimeTooSkewed", "signed too long ago", 403);
    return;
  }
  if (!(claim.expires >= 1 && claim.expires <= longestExpiry)) throw denied("X-Amz-Expires is 1…604800");
  if (now > date + claim.expires * 1000) throw denied("Request has expired");
}

/** The host and every x-amz- header must be signed: one added on the way would otherwise be obeyed. */
function checkSignedHeaders(request: ReceivedRequest, claim: Claim): void {
  const must = Object.keys(request.headers).filter((name) => name === "host" || name.startsWith("x-amz-"));
  const unsigned = must.filter((name) => !claim.signedHeaders.includes(name));
  // In a presigned URL the hash of the body stands in the query, where it is signed.
  const bad = unsigned.filter((name) => !(hashInQuery(claim) && name === "x-amz-content-sha256"));
  if (bad.length) throw denied(`headers present in the request which were not signed: ${bad.join(", ")}`);
}

/** Only S3 allows an unsigned body; whoever names a hash is held to it. */
function checkBody(request: ReceivedRequest, claim: Claim, service: string): void {
  const named = bodyHash(request, claim);
  if (named === undefined || (named === "UNSIGNED-PAYLOAD" && service === "s3")) return;
  if (!/^[0-9a-f]{64}$/.test(named))
    throw new AwsError("NotImplemented", `a body sent as ${named} is not simulated`, 501);
  if (createHash("sha256").update(request.body).digest("hex") !== named)
    throw new AwsError("XAmzContentSHA256Mismatch", "the body is not the one that was signed", 400);
}

/** In a presigned URL the hash stands in the query, unless its header was signed. */
function bodyHash(request: ReceivedRequest, claim: Claim): string | undefined {
  if (!hashInQuery(claim)) return request.headers["x-amz-content-sha256"];
  return [request.query["X-Amz-Content-Sha256"]].flat()[0];
}

function hashInQuery(claim: Claim): boolean {
  return claim.presigned && !claim.signedHeaders.includes("x-amz-content-sha256");
}

async function signAgain(
  request: ReceivedRequest,
  claim: Claim,
  session: Session,
  scope: { readonly region: string; readonly service: string },
): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = session;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) };
  // S3 signs the path as it is; the others escape it once more. The checksum header is taken as it came.
  const uriEscapePath = scope.service !== "s3";
  const signer = new SignatureV4({
    ...scope,
    credentials,
    sha256: Sha256,
    uriEscapePath,
    applyChecksum: false,
  });
  const signed = signable(request, claim);
  const signingDate = dateOf(claim.date);
  const signableHeaders = new Set(claim.signedHeaders);
  if (!claim.presigned) {
    const { headers } = await signer.sign(signed, { signingDate, signableHeaders });
    return headers.authorization?.split("Signature=")[1] ?? "";
  }
  const options = {
    signingDate,
    signableHeaders,
    unhoistableHeaders: signableHeaders,
    expiresIn: claim.expires,
  };
  const { query } = await signer.presign(signed, options);
  return String(query?.["X-Amz-Signature"]);
}

/** What the client handed to its signer. */
function signable(request: ReceivedRequest, claim: Claim): Signable {
  const made = claim.presigned ? presigning.map((name) => `X-Amz-${name}`) : [];
  const hash = hashInQuery(claim) ? bodyHash(request, claim) : undefined;
  const query = Object.entries(request.query).filter(([name]) => !made.includes(name));
  const headers = Object.entries(request.headers).filter(([name]) => claim.signedHeaders.includes(name));
  return {
    protocol: "http:",
    hostname: request.headers.host ?? "",
    method: request.method,
    path: request.path,
    // A presigned body hash is signed as the payload's hash: the signer looks for it in the headers, and hoists it.
    query: Object.fromEntries(
      query.filter(([name]) => !(hash && name === "X-Amz-Content-Sha256")),
    ) as NonNullable<Signable["query"]>,
    headers: { ...Object.fromEntries(headers), ...(hash && { "X-Amz-Content-Sha256": hash }) },
    body: request.body,
  };
}

function dateOf(stamp: string): Date {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(stamp);
  if (!match) throw denied("malformed X-Amz-Date");
  const [, year, month, day, hour, minute, second] = match;
  return new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

function equal(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function denied(message: string): AwsError {
  return new AwsError("AccessDenied", message, 403);
}
