/** Processor time of other processes, from /proc: on other systems there is none. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";

/** Linux counts in hundredths of a second, whatever the kernel's own clock. */
const ticksPerSecond = 100;

interface ProcessStat {
  readonly parent: number;
  /** Seconds of its own, and of its ended children. */
  readonly own: number;
  readonly ended: number;
}

function statOf(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name, in brackets, may hold anything; the fields after it are numbered from 3.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const sum = (...numbers: number[]) =>
      numbers.reduce((total, number) => total + Number(fields[number - 3]), 0) / ticksPerSecond;
    return { parent: Number(fields[1]), own: sum(14, 15), ended: sum(16, 17) };
  } catch {
    return undefined;
  }
}

/** Whether processor time can be measured here. */
export const isMeasurable = existsSync("/proc/self/stat");

export function parentOf(pid: number): number | undefined {
  return statOf(pid)?.parent;
}

/** Seconds that a process has used. */
export function processSeconds(pid: number): number {
  return statOf(pid)?.own ?? 0;
}

/** Seconds used by all children of this process that have ended. */
export function endedChildrenSeconds(): number {
  return statOf(process.pid)?.ended ?? 0;
}

/** Seconds used by a process and its children, the ended ones included: a PostgreSQL server by its postmaster. */
export function familySeconds(pid: number): number {
  const family = statOf(pid);
  if (!family) return 0;
  const children = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(Number(name)))
    .filter((stat) => stat?.parent === pid);
  return family.own + family.ended + children.reduce((sum, stat) => sum + (stat?.own ?? 0), 0);
}

export interface MachineTime {
  readonly busy: number;
  readonly total: number;
}

/** Seconds that all processors together were busy, and were there. */
export function machineSeconds(): MachineTime {
  const times = cpus().map((cpu) => cpu.times);
  const idle = times.reduce((sum, time) => sum + time.idle, 0);
  const total = times.reduce((sum, time) => sum + time.idle + time.user + time.nice + time.sys + time.irq, 0);
  return { busy: (total - idle) / 1000, total: total / 1000 };
}
