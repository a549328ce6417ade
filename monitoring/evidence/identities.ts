import * as z from "zod";

const id = z.guid().toLowerCase();
const user = z.strictObject({ token: z.string().min(1) });
const signer = user.extend({
  pin: z.string().regex(/^\d{4,12}$/),
  /** Base32, as it was enrolled. */
  totpSecret: z.string().regex(/^[A-Z2-7]{16,}=*$/),
});

const schema = z.strictObject({
  /** A pilot yacht whose lens is on, and a part of hers; its stock ends as it began. */
  yacht: z.strictObject({ id, partId: id }),
  /** A yacht that none of the users is a member of, and an object in her storage. */
  foreign: z.strictObject({ yachtId: id, objectId: id }),
  /** Members of the yacht. `hod` is her chief engineer; `hod` and `crew` are enrolled as signers. */
  users: z.strictObject({ hod: signer, captain: user, crew: signer }),
});

/** Who asks in an acceptance run, and about what. Holds secrets: it is never written anywhere. */
export type Identities = z.output<typeof schema>;

export type UserName = keyof Identities["users"];

/** Throws one error that names every problem, without the values. */
export function identitiesOf(value: unknown): Identities {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join(".")}: ${issue.message}`);
  throw new Error(`the identities are not usable:\n${problems.join("\n")}`);
}

/** Everything in them that may stand in no record. */
export function secretsOf({ users }: Identities): string[] {
  return [
    ...Object.values(users).map(({ token }) => token),
    ...[users.hod, users.crew].flatMap(({ pin, totpSecret }) => [pin, totpSecret]),
  ];
}
