import type pg from "pg";
import { expect } from "vitest";

/** Puts something else in place of a function's text, in one database. Fails where that text is not in it. */
export async function replaceInFunction(
  superuser: pg.Client,
  name: string,
  right: string,
  broken: string,
): Promise<void> {
  const query = "select pg_get_functiondef(oid) as text from pg_proc where proname = $1";
  const { text } = (await superuser.query(query, [name])).rows[0];
  expect(text).toContain(right);
  await superuser.query(text.replace(right, broken));
}
