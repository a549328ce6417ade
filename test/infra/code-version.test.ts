import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { keyOf } from "../../infra/preview/graph.ts";
import type { Outputs, Plan } from "../../infra/preview/plan.ts";
import { parameterPath } from "../../monitoring/rollout/projection.ts";
import {
  type PlannedEnvironment,
  plannedEnvironment,
  plannedLayer,
  the,
} from "../support/planned-environment.ts";

const aliasType = "aws:lambda/alias:Alias";
const naming = [aliasType, "aws:ssm/parameter:Parameter"];
const published = "${ref:aws:lambda/function:Function::api::version}";
const path = parameterPath("dev");
const tables = { master: 8, tenant: 9 };
const stamps = [
  { version: 5, hash: "bad", migrationHash: "sql-5", tables },
  { version: 3, hash: "good", migrationHash: "sql-3", tables },
];
const code = (more: object) => ({
  [`${path}code`]: JSON.stringify({
    ...{
      live: 5,
      hash: "bad",
      lastKnownGood: 3,
      held: false,
      at: "2026-01-01T00:00:00.000Z",
      actor: "ada",
      stamps,
    },
    ...more,
  }),
});
const pin = (more: object) => ({
  [`${path}pin`]: JSON.stringify({
    pinned: true,
    cause: "functionErrors",
    at: "2026-01-01T00:00:00.000Z",
    ...more,
  }),
});

let dev: PlannedEnvironment;
beforeAll(async () => {
  dev = await plannedEnvironment("dev");
});

const service = (codeVersion: string, parameters: Record<string, string> = {}) =>
  plannedLayer("dev", "service", dev.layers, {
    overrides: { "part-lens:codeVersion": codeVersion },
    parameters,
  });
const tableFiles = (kind: "master" | "tenant") => readdirSync(`api/database/sql/${kind}/tables`).length;
const versions = ({ graph }: Plan) =>
  ["api", "v1only", "rollback"].map((name) => the(graph, aliasType, name).inputs.functionVersion);
const codeOf = ({ outputs }: { outputs: Outputs }) => outputs.code as Record<string, unknown>;

describe("the version of the code that serves", () => {
  it("is the one that the update publishes, and the outputs name it whole", () => {
    const plan = dev.layers.service;
    expect(versions(plan).slice(0, 2)).toEqual([published, published]);
    const { codeVersion, migrationHash } = plan.outputs;
    expect(codeOf(plan)).toEqual({
      version: published,
      hash: codeVersion,
      migrationHash,
      tables: { master: tableFiles("master"), tenant: tableFiles("tenant") },
    });
    expect(dev.layers.rollout.outputs).toMatchObject({
      stage: "off",
      flagHash: expect.stringMatching(/^[0-9a-f]+$/),
    });
  });

  it("is the configured one behind both of the API's aliases, and nothing but they and the record of what serves change", async () => {
    const plan = await service("3");
    expect(versions(plan)).toEqual(["3", "3", "${ref:aws:lambda/function:Function::rollback::version}"]);
    const others = ({ graph }: Plan) =>
      new Map(
        graph.resources.filter(({ type }) => !naming.includes(type)).map((made) => [keyOf(made), made]),
      );
    expect(others(plan)).toEqual(others(dev.layers.service));
    expect(codeOf(plan)).toEqual({ version: "3", hash: null, migrationHash: null, tables: null });
  });

  it("is described from the record where one was made", async () => {
    expect(codeOf(await service("3", code({})))).toEqual({ ...stamps[1], version: "3" });
  });

  it("stays the one that was put back, whatever a checkout says, until somebody acknowledges", async () => {
    const held = code({ live: 3, hash: "good", held: true });
    for (const configured of ["latest", "5"]) {
      expect(versions(await service(configured, held)).slice(0, 2)).toEqual(["3", "3"]);
    }
    expect(versions(await service("5", code({}))).slice(0, 2)).toEqual(["5", "5"]);
  });

  it("stays the one that the pin put back, as long as the pin holds", async () => {
    expect(versions(await service("latest", { ...code({}), ...pin({ code: 3 }) })).slice(0, 2)).toEqual([
      "3",
      "3",
    ]);
    expect(versions(await service("latest", { ...code({}), ...pin({}) })).slice(0, 2)).toEqual([
      published,
      published,
    ]);
    const released = { [`${path}pin`]: JSON.stringify({ pinned: false }) };
    expect(versions(await service("latest", { ...code({}), ...released })).slice(0, 2)).toEqual([
      published,
      published,
    ]);
  });
});

describe("the migrator", () => {
  it("is told which table files the last known-good code was built with", async () => {
    const inputOf = ({ graph }: Plan) =>
      JSON.parse(String(the(graph, "aws:lambda/invocation:Invocation", "migrator").inputs.input)) as Record<
        string,
        unknown
      >;
    expect(inputOf(await service("latest", code({}))).knownGood).toEqual(tables);
    expect(inputOf(await service("latest", code({ lastKnownGood: undefined })))).not.toHaveProperty(
      "knownGood",
    );
    expect(inputOf(dev.layers.service)).not.toHaveProperty("knownGood");
  });
});
