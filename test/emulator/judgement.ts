import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What the emulator's IAM said of one call. */
export interface Judgement {
  /** Who called: an ARN, or the access key where no policy was asked. */
  readonly principal: string;
  /** As policies write it: `sns:CreateTopic`; the service alone where no policy was asked. */
  readonly action: string;
  /** The ARN that it was judged by; "*" when it was by none. */
  readonly resource: string;
  readonly verdict: "allowed" | "refused" | "unjudged";
}

/** A file that an emulator writes its judgements to. */
export interface Judgements {
  readonly file: string;
  read(): Judgement[];
  remove(): void;
}

/** Makes an empty one. */
export function startJudgements(): Judgements {
  const folder = mkdtempSync(join(tmpdir(), "part-lens-judgements-"));
  const file = join(folder, "judgements.jsonl");
  writeFileSync(file, "");
  return { file, read: () => judgementsIn(file), remove: () => rmSync(folder, { recursive: true }) };
}

/** One a line, in the order of judging-emulator.py. */
function judgementsIn(file: string): Judgement[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => {
    const [principal, action, resource, verdict] = JSON.parse(line) as [
      string,
      string,
      string,
      Judgement["verdict"],
    ];
    return { principal, action, resource, verdict };
  });
}

/** The name of the role that somebody has taken; undefined for anyone else. */
export function roleOf({ principal }: Judgement): string | undefined {
  return /:assumed-role\/([^/]+)\//.exec(principal)?.[1];
}
