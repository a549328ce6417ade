import { beforeAll, expect, it } from "vitest";
import { parse } from "yaml";
import { type DiffStep, diffGraphs } from "../../infra/preview/diff.ts";
import { forbiddenChanges } from "../../infra/preview/forbidden.ts";
import type { Plan } from "../../infra/preview/plan.ts";
import { readStackConfig } from "../../infra/preview/stack-config.ts";
import { plannedEnvironment, plannedLayer, the } from "../support/planned-environment.ts";

const tenant = "northern-owners";
const tenants = parse(readStackConfig("prod-service")["part-lens:tenants"] ?? "") as { id: string }[];
const database = "postgresql:index/database:Database";
let before: Record<"foundation" | "service" | "rollout", Plan>;

beforeAll(async () => {
  before = (await plannedEnvironment("prod")).layers;
});

/** The service layer of prod with the tenant placed so. */
function placed(place: object): Promise<Plan> {
  const changed = tenants.map((one) => (one.id === tenant ? { ...one, ...place } : one));
  const overrides = { "part-lens:tenants": JSON.stringify(changed) };
  return plannedLayer("prod", "service", before, { overrides });
}

const touched = (from: Plan, to: Plan) =>
  diffGraphs(from.graph, to.graph).filter(({ step }) => step !== "same");
const forbidden = (service: DiffStep[]) => forbiddenChanges({ foundation: [], service, rollout: [] }, false);

it("a tenant that is to move gets a database beside its own: nothing in either cluster is replaced or deleted", async () => {
  const steps = touched(before.service, await placed({ cluster: "charter", movedFrom: "main" }));
  const inside = steps.filter(({ type }) => type.startsWith("postgresql:"));
  expect(inside.map(({ type, name }) => [type, name])).toContainEqual([database, `tenant-${tenant}.charter`]);
  expect(
    inside.every(({ step, name }) => step === "create" && name.startsWith(`tenant-${tenant}.charter`)),
  ).toBe(true);
  expect(steps.filter(({ type }) => !type.startsWith("postgresql:")).map(({ name }) => name)).toEqual([
    "migrator",
  ]);
  expect(forbidden(steps)).toEqual([]);
});

it("the one that it has left goes when the config forgets it, protected and called out in the preview", async () => {
  const moved = await placed({ cluster: "charter", movedFrom: "main" });
  const left = the(moved.graph, database, `tenant-${tenant}.main`);
  expect([left.protect, the(moved.graph, database, `tenant-${tenant}.charter`).protect]).toEqual([
    true,
    true,
  ]);
  const steps = touched(moved, await placed({ cluster: "charter" }));
  const gone = steps.filter(({ step }) => step === "delete");
  expect(gone.length).toBeGreaterThan(0);
  expect(gone.filter(({ name }) => !name.startsWith(`tenant-${tenant}.main`))).toEqual([]);
  expect(forbidden(steps).map(({ type, name }) => [type, name])).toContainEqual([
    database,
    `tenant-${tenant}.main`,
  ]);
});

it("a database was called by its tenant alone before: the one that the tenant's rows are in has that name as its alias", async () => {
  const aliases = ({ graph }: Plan, cluster: string) =>
    the(graph, "part-lens:database:TenantDatabase", `tenant-${tenant}.${cluster}`).aliases;
  expect(aliases(before.service, "main")).toEqual([`tenant-${tenant}`]);
  const moving = await placed({ cluster: "charter", movedFrom: "main" });
  expect([aliases(moving, "main"), aliases(moving, "charter")]).toEqual([[`tenant-${tenant}`], []]);
});
