/** The objects' bytes, as the API needs them. Every call says for which yacht; the credentials reach no other's. */
import type { BucketName } from "./buckets.ts";

export interface ObjectPlace {
  readonly bucket: BucketName;
  readonly key: string;
}

/** What is known of an object's bytes before they are there. */
export interface ObjectContent extends ObjectPlace {
  readonly size: number;
  readonly mimeType: string;
  /** Hex. */
  readonly sha256: string;
}

export interface SignedUpload {
  readonly url: string;
  readonly method: "PUT";
  /** Signed with the URL: an upload that lacks one of them, or has another value, is refused. */
  readonly headers: Readonly<Record<string, string>>;
  /** ISO 8601, UTC. */
  readonly expires_at: string;
}

export interface SignedDownload {
  readonly url: string;
  /** ISO 8601, UTC. */
  readonly expires_at: string;
}

/** What was really uploaded. */
export interface FoundObject {
  readonly size: number;
  readonly mimeType: string;
  /** Hex; undefined when the size is not the expected one: then nobody read the bytes. */
  readonly sha256?: string;
  /** The first bytes, where a file says what it is. */
  readonly head?: Uint8Array;
}

/**
 * Throws ApiError: object_forbidden when the credentials do not reach the key, object_exists when it is taken,
 * dependency_unavailable when the store or the sessions cannot be had.
 */
export interface ObjectStore {
  /** A URL for one upload of exactly that content, and never over another object. */
  signUpload(yachtId: string, content: ObjectContent): Promise<SignedUpload>;
  signDownload(yachtId: string, place: ObjectPlace): Promise<SignedDownload>;
  /** The object that is there; undefined when there is none. Its bytes are read only when it has that size. */
  find(yachtId: string, place: ObjectPlace, expectedSize: number): Promise<FoundObject | undefined>;
  put(yachtId: string, content: ObjectContent, bytes: Uint8Array): Promise<void>;
  /** Removing what is not there succeeds. */
  remove(yachtId: string, place: ObjectPlace): Promise<void>;
}
