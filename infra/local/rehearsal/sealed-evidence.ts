import { join, relative } from "node:path";
import { countText } from "../../../monitoring/count-text.ts";
import { runAcceptance } from "../../../monitoring/evidence/acceptance.ts";
import { writeRecord } from "../../../monitoring/evidence/acceptance-report.ts";
import { bundleOf } from "../../../monitoring/evidence/bundle.ts";
import { readBundle, writeBundle } from "../../../monitoring/evidence/bundle-folder.ts";
import { type BundleReading, verifyBundle } from "../../../monitoring/evidence/bundle-verification.ts";
import { originOf } from "../../../monitoring/evidence/evidence-sources.ts";
import { keyFileSigner, publicKeyFile } from "../../../monitoring/evidence/signing-key.ts";
import { release } from "../../../monitoring/readiness/release.ts";
import type { RolloutEvent } from "../../../monitoring/rollout/event.ts";
import { acceptanceIdentities } from "../acceptance-identities.ts";
import type { PreparedStack } from "./prepared-stack.ts";
import type { Terminal } from "./terminal.ts";

/** What a rehearsal proves after its rollout: that its evidence is whole, and that nothing of it can be released. */
export interface SealedEvidence {
  /** Cases of the acceptance against this very stack. */
  readonly cases: number;
  readonly failed: readonly string[];
  readonly bundle: string;
  readonly sha256: string | undefined;
  /** What verify said, with the operator's key; empty: it verified. */
  readonly problems: readonly string[];
  readonly events: number;
  /** Why it cannot be released. That it is a rehearsal must be all: then nothing else is missing. */
  readonly notReleased: readonly string[];
}

/** Runs the acceptance on the stack as it is now, and seals it with the rollout's log in a bundle, which is verified. */
export async function sealEvidence(
  { stack, service, clock }: PreparedStack,
  events: readonly RolloutEvent[],
  { keyDirectory, out }: { readonly keyDirectory: string; readonly out: string },
  terminal: Terminal,
): Promise<SealedEvidence> {
  terminal.heading("Evidence");
  const identities = await acceptanceIdentities(stack, service, keyDirectory);
  const record = await runAcceptance({ url: service.apiUrl, identities });
  writeRecord(record, join(out, "evidence"));
  const cases = Object.values(record.files).flatMap((suite) => suite.cases);
  const failed = cases.filter(({ passed }) => !passed).map(({ name }) => name);
  const acceptance = record.files;
  const provenance = {
    environment: "local",
    origin: originOf("local", acceptance),
    createdAt: new Date(clock.now()).toISOString(),
  };
  const signer = keyFileSigner(join(keyDirectory, "evidence.private.pem"));
  const bundle = join(out, "bundle");
  await writeBundle(bundle, await bundleOf({ provenance, acceptance, events }, signer));
  const ours = publicKeyFile(join(keyDirectory, "evidence.public.pem"));
  const sealed = await readBundle(bundle);
  const { problems, sha256 } = verifyBundle(sealed, ours);
  const notReleased = await refusedRelease(sealed, ours, service.codeVersion, clock.now());
  terminal.good(`${cases.length - failed.length} of ${cases.length} acceptance cases passed`);
  for (const text of notReleased) terminal.good(`not released: ${text}`);
  terminal.good(
    `${bundle}: ${countText(events.length, "event")}, ${countText(problems.length, "problem")}, bundle ${sha256}`,
  );
  const texts = problems.map(({ file, text }) => `${file}: ${text}`);
  return {
    cases: cases.length,
    failed,
    bundle: relative(".", bundle),
    sha256,
    problems: texts,
    events: events.length,
    notReleased,
  };
}

/** Nothing is tagged and nothing kept: there is no repository and no store behind it. */
async function refusedRelease(bundle: BundleReading, publicKey: string, code: string, at: number) {
  const never = () => Promise.reject(new Error("a rehearsal was released"));
  const repository = { head: never, changes: async () => [], tagged: async () => undefined, tag: never };
  const store = { create: never, read: never };
  const staging = { reason: "a rehearsal has no staging" };
  const given = { repository, bundle, publicKey, earlier: [], staging, store, at };
  const result = await release({ ...given, codeVersion: async () => code });
  return "refused" in result ? result.refused : [];
}
