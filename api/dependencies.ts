import type { Lens } from "../flags/lens.ts";
import type { Master } from "./database/master.ts";
import type { Pools } from "./database/pools.ts";
import type { Router } from "./database/router.ts";
import type { QueueOutput } from "./labels/output-webhook.ts";
import type { Signers } from "./signatures/signers.ts";
import type { Verify } from "./signatures/verification.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import type { VerifyToken } from "./token-verifier.ts";

/** What the app is made of; the entry and the tests put it together. */
export interface Dependencies {
  readonly environment: string;
  readonly codeVersion: string;
  readonly deadlineMilliseconds: number;
  /** SHA-256 in hex of the key that every request carries; undefined where none is asked for. */
  readonly originKeyHash?: string | undefined;
  readonly verifyToken: VerifyToken;
  readonly verifySignature: Verify;
  readonly signers: Signers;
  readonly lens: Lens;
  readonly route: Router;
  readonly master: Pick<Master, "tenants">;
  readonly pools: Pick<Pools, "call">;
  readonly store: ObjectStore;
  /** Undefined when no webhook is configured. */
  readonly queueOutput?: QueueOutput | undefined;
  /** Takes one line of the log. */
  readonly line: (text: string) => void;
}
