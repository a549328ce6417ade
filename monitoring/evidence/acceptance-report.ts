import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import colours from "picocolors";
import { countText, nounOf } from "../count-text.ts";
import {
  type AcceptanceOptions,
  type AcceptanceRecord,
  hintOf,
  runAcceptance,
  suites,
} from "./acceptance.ts";

export interface ReportOptions {
  /** Where the files go. */
  readonly out: string;
  /** The record as JSON on standard output; what is told then goes to standard error. */
  readonly json: boolean;
}

type Asked = Pick<AcceptanceOptions, "url" | "identities" | "fetch">;

/** Runs the acceptance, tells every case as it ends, writes the files. Whether everything passed. */
export async function reportAcceptance(options: Asked, { out, json }: ReportOptions): Promise<boolean> {
  const stream = json ? process.stderr : process.stdout;
  const record = await toldAcceptance(options, { out, tell: (text) => stream.write(`${text}\n`) });
  if (json) process.stdout.write(`${JSON.stringify(record, null, 2)}\n`);
  return record.passed;
}

/** The same, told to whoever listens. */
export async function toldAcceptance(
  options: Asked,
  { out, tell }: Pick<ReportOptions, "out"> & { readonly tell: (text: string) => void },
): Promise<AcceptanceRecord> {
  let current = "";
  const record = await runAcceptance({
    ...options,
    onCase: (suite, { name, passed, problems, answer, milliseconds }) => {
      if (current !== suite) tell(`\n${colours.bold(suites[suite].file)}`);
      current = suite;
      const status = answer ? String(answer.status) : "–";
      const mark = passed ? colours.green("✓") : colours.red("✗");
      tell(`  ${mark} ${status} ${name} (${milliseconds} ms)${passed ? "" : `: ${problems.join("; ")}`}`);
    },
  });
  writeRecord(record, out);
  tell(endText(record, out));
  return record;
}

/** One file a suite, each exchanged whole. */
export function writeRecord({ files }: AcceptanceRecord, directory: string): void {
  mkdirSync(directory, { recursive: true });
  for (const [name, suite] of Object.entries(files)) {
    const aside = join(directory, `.${name}.${process.pid}`);
    writeFileSync(aside, `${JSON.stringify(suite, null, 2)}\n`);
    renameSync(aside, join(directory, name));
  }
}

function endText(record: AcceptanceRecord, out: string): string {
  const cases = Object.values(record.files).flatMap((suite) => suite.cases);
  const failed = cases.filter(({ passed }) => !passed).length;
  const { scan } = record.files[suites.zero5xx.file] ?? {};
  const hint = hintOf(record);
  return [
    "",
    `zero-5xx scan: ${scan?.serverErrors} of ${scan?.answers} answers were 500 or above, ${scan?.unanswered} ${nounOf(scan?.unanswered, "request")} had none`,
    `${cases.length - failed} passed, ${failed} failed; ${countText(Object.keys(record.files).length, "file")} in ${out}`,
    ...(hint ? [hint] : []),
  ].join("\n");
}
