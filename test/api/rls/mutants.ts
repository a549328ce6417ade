/** Every way in which one policy can be lost or made to let everything through. */
import type pg from "pg";
import { type Policy, policies, yachtTables } from "./catalogue.ts";

export interface Mutant {
  /** `<table> <policy> dropped | using | check`, or `<table> security disabled`. */
  readonly name: string;
  readonly table: string;
  readonly statement: string;
}

function mutated({ table, name, using, check }: Policy): Mutant[] {
  const on = `${name} on part_lens.${table}`;
  const one = (kind: string, statement: string): Mutant => ({
    name: `${table} ${name} ${kind}`,
    table,
    statement,
  });
  // An expression that is `true` already has no such mutant.
  return [
    one("dropped", `drop policy ${on}`),
    ...(using !== null && using !== "true" ? [one("using", `alter policy ${on} using (true)`)] : []),
    ...(check !== null && check !== "true" ? [one("check", `alter policy ${on} with check (true)`)] : []),
  ];
}

export async function mutantsOf(superuser: pg.Client): Promise<Mutant[]> {
  const disabled = (await yachtTables(superuser)).map((table) => ({
    name: `${table} security disabled`,
    table,
    statement: `alter table part_lens.${table} disable row level security`,
  }));
  return [...(await policies(superuser)).flatMap(mutated), ...disabled];
}
