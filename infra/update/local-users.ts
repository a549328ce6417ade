import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Fleet } from "../local/rehearsal/fleet.ts";
import { Tokens } from "../local/rehearsal/tokens.ts";
import { readStackConfig } from "../preview/stack-config.ts";

const user = z.object({ userId: z.string(), role: z.string(), yachtId: z.string(), yacht: z.string() });
export type LocalUser = z.infer<typeof user>;

/** No user of that name; the message says which there are. */
export class UnknownUser extends Error {
  override readonly name = "UnknownUser";
}

/** Who may sign in to a local stack, one or two of each role on each yacht. */
export function usersOf({ users, yachts }: Pick<Fleet, "users" | "yachts">): LocalUser[] {
  const names = new Map(yachts.map(({ id, name }) => [id, name]));
  return users.map(({ userId, role, yachtId }) => ({
    userId,
    role,
    yachtId,
    yacht: names.get(yachtId) ?? yachtId,
  }));
}

export function writeUsers(stateDirectory: string, users: readonly LocalUser[]): void {
  writeFileSync(join(stateDirectory, "users.json"), `${JSON.stringify(users)}\n`, { mode: 0o600 });
}

/** By user id, `role@yacht`, or a role of the first yacht. Throws UnknownUser. */
export function findUser(stateDirectory: string, wanted: string): LocalUser {
  const file = join(stateDirectory, "users.json");
  if (!existsSync(file))
    throw new UnknownUser(`no local stack has been up in ${stateDirectory}: start one first`);
  const users = z.array(user).parse(JSON.parse(readFileSync(file, "utf8")));
  const [role, yacht = users[0]?.yacht] = wanted.split("@");
  const same = (one: LocalUser) =>
    one.userId === wanted || (one.role === role && [one.yacht, one.yachtId].includes(yacht ?? ""));
  const found = users.find(same);
  if (found) return found;
  const yachts = [...new Set(users.map((one) => one.yacht))].join(", ");
  const roles = [...new Set(users.map((one) => one.role))].join(", ");
  throw new UnknownUser(`no user "${wanted}"; give an id, or role@yacht. Roles: ${roles}. Yachts: ${yachts}`);
}

/** A token of that user as the local identity provider gives one, good for an hour. */
export function tokenFor(userId: string, keyDirectory: string): Promise<string> {
  const { issuer, audience } = JSON.parse(readStackConfig("local-service")["part-lens:identity"] ?? "{}");
  return new Tokens(join(keyDirectory, "jwt.private.jwk.json"), { issuer, audience }).of(userId);
}
