import { randomInt, randomUUID } from "node:crypto";
import { join } from "node:path";
import { Secret } from "otpauth";
import type { ClientBase } from "pg";
import { scopeOf } from "../../api/database/scope.ts";
import { enrolSigner } from "../../api/signatures/enrolment.ts";
import { keyFileSealer } from "../../api/signatures/sealed-secret.ts";
import { type Identities, identitiesOf } from "../../monitoring/evidence/identities.ts";
import { readStackConfig } from "../preview/stack-config.ts";
import type { LocalStack } from "./local-stack.ts";
import { Tokens } from "./rehearsal/tokens.ts";
import { masterPlace, type ServiceOutputs } from "./stack-outputs.ts";

const migrator = "part_lens_migrator";

interface Person {
  readonly userId: string;
  readonly yachtId: string;
  readonly role: string;
  readonly pin: string;
  /** Base32. */
  readonly totpSecret: string;
}

/** Makes the people of an acceptance run, a part of the pilot yacht, and an object of another yacht. */
export async function acceptanceIdentities(
  stack: LocalStack,
  service: ServiceOutputs,
  keyDirectory: string,
): Promise<Identities> {
  const [pilot, neighbour] = yachtsOf(service);
  const [hod, captain, crew] = ["chief_engineer", "captain", "crew"].map((role) => personOf(pilot.id, role));
  const stranger = personOf(neighbour.id, "chief_engineer");
  const people = { hod: hod!, captain: captain!, crew: crew! };
  await enrol(stack, service, [...Object.values(people), stranger], keyDirectory);
  const partId = await partOf(stack, service, people.hod);
  const foreignPart = await partOf(stack, service, stranger);
  const objectId = await objectOf(stack, service, stranger, foreignPart);
  const tokens = tokensOf(keyDirectory);
  const signer = async ({ userId, pin, totpSecret }: Person) => ({
    token: await tokens.of(userId),
    pin,
    totpSecret,
  });
  return identitiesOf({
    yacht: { id: pilot.id, partId },
    foreign: { yachtId: neighbour.id, objectId },
    users: {
      hod: await signer(people.hod),
      captain: { token: await tokens.of(people.captain.userId) },
      crew: await signer(people.crew),
    },
  });
}

type Yacht = ServiceOutputs["fleet"]["yachts"][number];

/** A pilot, and a yacht of the same tenant: the row policies alone keep those two apart. */
function yachtsOf({ fleet }: ServiceOutputs): [pilot: Yacht, neighbour: Yacht] {
  const pilot = fleet.yachts.find((yacht) => yacht.pilot);
  if (!pilot) throw new Error("the config names no pilot yacht; acceptance runs on one");
  const neighbour = fleet.yachts.find(({ id, tenant }) => id !== pilot.id && tenant === pilot.tenant);
  if (!neighbour) throw new Error(`the tenant ${pilot.tenant} has no second yacht to be kept apart from`);
  return [pilot, neighbour];
}

function personOf(yachtId: string, role: string): Person {
  const pin = String(randomInt(1_000_000)).padStart(6, "0");
  return { userId: randomUUID(), yachtId, role, pin, totpSecret: new Secret({ size: 20 }).base32 };
}

function tokensOf(keyDirectory: string): Tokens {
  const { issuer, audience } = JSON.parse(readStackConfig("local-service")["part-lens:identity"] ?? "{}");
  return new Tokens(join(keyDirectory, "jwt.private.jwk.json"), { issuer, audience });
}

async function enrol(
  stack: LocalStack,
  service: ServiceOutputs,
  people: readonly Person[],
  keyDirectory: string,
) {
  const sealer = keyFileSealer(join(keyDirectory, "signer.key"));
  const members = people.map(({ userId, yachtId, role }) => ({ user_id: userId, yacht_id: yachtId, role }));
  const master = await stack.databases.connect(migrator, masterPlace(service));
  try {
    await master.query("select part_lens.add_members($1)", [JSON.stringify(members)]);
    for (const person of people) {
      const { pin_hash, totp_sealed } = await enrolSigner(sealer, person);
      await master.query("select part_lens.enrol_signer($1, $2, $3)", [person.userId, pin_hash, totp_sealed]);
    }
  } finally {
    await master.end();
  }
}

/** A part with stock on the person's yacht; its id. */
function partOf(stack: LocalStack, service: ServiceOutputs, person: Person): Promise<string> {
  const parts = [
    { external_id: "ACCEPTANCE-1", name: "Oil filter", min_level: 4, location: "Store 1", quantity: 10 },
  ];
  return withTenant(stack, service, person, migrator, async (client) => {
    const scope = JSON.stringify({ ...scopeFor(person), version: "import" });
    await client.query("select part_lens.import_parts($1, $2)", [scope, JSON.stringify({ parts })]);
    const { rows } = await client.query<{ id: string }>(
      "select id from part_lens.pms_parts where yacht_id = $1 and external_id = 'ACCEPTANCE-1'",
      [person.yachtId],
    );
    return rows[0]!.id;
  });
}

/** An object registered for the person's yacht; her lens may be off, so it is not asked of the API. */
function objectOf(stack: LocalStack, service: ServiceOutputs, person: Person, partId: string) {
  const object = {
    part_id: partId,
    bucket: "pms-part-photos",
    key: `${person.yachtId}/parts/${partId}/${randomUUID()}.png`,
    size_bytes: 1_024,
    mime_type: "image/png",
    sha256: "0".repeat(64),
  };
  return withTenant(stack, service, person, "part_lens_api", async (client) => {
    const { rows } = await client.query<{ result: { object_id: string } }>(
      "select part_lens.v2_register_object($1, $2) as result",
      [JSON.stringify(scopeFor(person)), JSON.stringify(object)],
    );
    return rows[0]!.result.object_id;
  });
}

function scopeFor({ userId, yachtId, role }: Person) {
  return scopeOf({ userId, yachtId, role, version: "v2", requestId: randomUUID() });
}

async function withTenant<T>(
  stack: LocalStack,
  { fleet }: ServiceOutputs,
  { yachtId }: Person,
  role: string,
  task: (client: ClientBase) => Promise<T>,
): Promise<T> {
  const tenant = fleet.yachts.find(({ id }) => id === yachtId)?.tenant;
  const client = await stack.databases.connect(role, fleet.tenants.find(({ id }) => id === tenant)!);
  try {
    return await task(client);
  } finally {
    await client.end();
  }
}
