import { randomUUID } from "node:crypto";
import { type TOTP, URI } from "otpauth";
import { expect } from "vitest";
import { scopeOf } from "../../../api/database/scope.ts";
import { type Identities, identitiesOf } from "../../../monitoring/evidence/identities.ts";
import type { TestApi } from "../../api/harness.ts";
import { type Role, userId, yachts } from "../../support/fleet.ts";

const pin = "804726";

/** Signers with a new secret each: a code of an earlier run is none of theirs. */
export async function freshIdentities(api: TestApi): Promise<Identities> {
  const signer = async (role: Role) => {
    const user = userId("aurora", role);
    return { token: await api.token(user), pin, totpSecret: await secretOf(api, user) };
  };
  return identitiesOf({
    yacht: { id: yachts.aurora, partId: api.postgres.partIds.aurora["P-1"] },
    foreign: { yachtId: yachts.borealis, objectId: await foreignObject(api) },
    users: {
      hod: await signer("chief_engineer"),
      captain: { token: await api.token(userId("aurora", "captain")) },
      crew: await signer("crew"),
    },
  });
}

/** Enrols over the API, as the migrator has forgotten whoever was enrolled before. */
async function secretOf(api: TestApi, user: string): Promise<string> {
  const admin = await api.postgres.client("postgres", api.postgres.master);
  for (const table of ["signers", "used_totp_steps", "signature_attempts"])
    await admin.query(`delete from part_lens.${table} where user_id = $1`, [user]);
  const { body } = await api.ask("/v2/signers/enrol", { as: user, body: { pin } });
  const totp = URI.parse(String(body.otpauth_uri)) as TOTP;
  // The step before this one: the run may use this one and the next. When a step ends in between, the code is too old.
  const confirm = () => {
    const code = totp.generate({ timestamp: Date.now() - 30_000 });
    return api.ask("/v2/signers/confirm", { as: user, body: { totp: code } });
  };
  const first = await confirm();
  expect((first.status === 200 ? first : await confirm()).status).toBe(200);
  return totp.secret.base32;
}

/** Registered in the database itself: without an object store nobody signs its upload. */
async function foreignObject(api: TestApi): Promise<string> {
  const { borealis } = yachts;
  const part_id = api.postgres.partIds.borealis["P-1"];
  const bosun = { userId: userId("borealis", "bosun"), role: "bosun" };
  const scope = scopeOf({ ...bosun, yachtId: borealis, version: "v2", requestId: randomUUID() });
  const object = await api.dependencies.pools.call(api.postgres.tenants.alpha, "v2_register_object", scope, {
    part_id,
    bucket: "pms-part-photos",
    key: `${borealis}/parts/${part_id}/${randomUUID()}.png`,
    size_bytes: 10,
    mime_type: "image/png",
    sha256: "0".repeat(64),
  });
  return (object as { object_id: string }).object_id;
}
