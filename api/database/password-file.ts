import { readFile } from "node:fs/promises";
import type { DatabaseTarget } from "./connection.ts";

/** The fields of a line; a backslash takes the next character as it is. */
function fieldsOf(line: string): string[] {
  const fields = line.match(/(?:\\.|[^:\\])*(?::|$)/g) ?? [];
  return fields.map((field) => field.replace(/:$/, "").replace(/\\(.)/g, "$1"));
}

/**
 * The password for that role and database in the text of a password file, PostgreSQL's format: lines of
 * `host:port:database:user:password`, `*` for any; the first that fits counts.
 */
export function passwordIn(
  text: string,
  { host, port, database }: DatabaseTarget,
  user: string,
): string | undefined {
  const wanted = [host, String(port), database, user];
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const fits = (fields: string[]) =>
    wanted.every((value, index) => ["*", value].includes(fields[index] ?? ""));
  return lines.map(fieldsOf).find(fits)?.[4];
}

/** Reads it from the file. Throws when no line fits. */
export async function passwordFromFile(file: string, target: DatabaseTarget, user: string): Promise<string> {
  const password = passwordIn(await readFile(file, "utf8"), target, user);
  if (password === undefined) {
    throw new Error(
      `the password file has no line for ${user} on ${target.host}:${target.port}/${target.database}`,
    );
  }
  return password;
}
