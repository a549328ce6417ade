import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { renderReport } from "../../monitoring/report/report.ts";
import type { RolloutRecord } from "../../monitoring/report/timeline.ts";

/** Writes the report of that rollout, exchanged whole, and says where. */
export function writeReport(record: RolloutRecord, file: string): string {
  const path = resolve(file);
  mkdirSync(dirname(path), { recursive: true });
  const aside = `${path}.${process.pid}`;
  writeFileSync(aside, renderReport(record));
  renameSync(aside, path);
  return path;
}
