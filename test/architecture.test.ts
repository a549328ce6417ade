import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const folders = ["api", "flags", "infra", "monitoring", "test"] as const;
/** Lines of a file; a test's table may run longer. */
const longest = { source: 300, test: 500 } as const;

interface Import {
  /** Where it stands: a path in the repository. */
  readonly from: string;
  /** What it names: a path in the repository, or a package. */
  readonly to: string;
  readonly typeOnly: boolean;
}

/** The files outside infra that are components, and so may use Pulumi and the program's names and policies. */
const components = [
  "flags/flag-store.ts",
  "flags/kill-switch.ts",
  "flags/rollout-deployment.ts",
  "monitoring/alarm-set.ts",
  "monitoring/dashboard.ts",
  "monitoring/incident/drill-alarm.ts",
  "monitoring/pin-topics.ts",
  "monitoring/rollback-trigger.ts",
  "monitoring/topics.ts",
];

/** Files beside them that say what a function of theirs is given: no component, but of the program all the same. */
const programFiles = [
  ...components,
  "monitoring/incident/collection-target.ts",
  "monitoring/incident/notifier-target.ts",
  "monitoring/pin-target.ts",
  "monitoring/rollback-target.ts",
];

/** What a component outside infra shares with those inside. */
const sharedWithComponents = ["infra/naming.ts", "infra/policy.ts"];

const howToConnect = ["api/database/connection.ts", "api/database/sqlstate.ts"];

const isIn = (folder: string) => (path: string) => path.startsWith(`${folder}/`);
const isOurs = (path: string) => folders.some((folder) => isIn(folder)(path));

/** What the files of a folder may import of ours. */
const mayImport: Readonly<Record<(typeof folders)[number], (edge: Import) => boolean>> = {
  test: () => true,
  infra: ({ from, to, typeOnly }) =>
    ["infra", "flags", "monitoring"].some((folder) => isIn(folder)(to)) ||
    // Of the API: the type of its environment, and its SQL. The local host also drives it, by its own entries.
    (to === "api/env.ts" && typeOnly) ||
    to === "api/database/sql-bundle.ts" ||
    (isIn("infra/local")(from) && isIn("api")(to)) ||
    // An update signs in to the clusters as the functions do.
    (isIn("infra/update")(from) && howToConnect.includes(to)),
  monitoring: ({ from, to }) =>
    isIn("monitoring")(to) ||
    isIn("flags")(to) ||
    isIn("api/database")(to) ||
    (programFiles.includes(from) && sharedWithComponents.includes(to)),
  api: ({ to }) => isIn("api")(to) || isIn("flags")(to) || to === "monitoring/metrics.ts",
  flags: ({ from, to }) =>
    isIn("flags")(to) || (programFiles.includes(from) && sharedWithComponents.includes(to)),
};

/** The files that talk to AWS; every other one is handed what it needs. */
const awsAdapters = [
  /^api\/database\/connection\.ts$/,
  /^api\/signatures\/kms-sealer\.ts$/,
  /^api\/storage\//,
  /^flags\/app-config-source\.ts$/,
  /^monitoring\/(incident\/|rollout\/aws\/)?[a-z-]*adapters?\.ts$/,
  /^infra\/update\/cluster-adapter\.ts$/,
  /^infra\/local\//,
  /^test\//,
];

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes("/snapshots/"));
}

/** Every import of a source text: static, re-exported and dynamic. */
function importsOf(from: string, text: string): Import[] {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (!specifier || !ts.isStringLiteralLike(specifier)) return;
    const to = specifier.text.startsWith(".") ? join(dirname(from), specifier.text) : specifier.text;
    found.push({ from, to, typeOnly });
  };
  const visit = (node: ts.Node) => {
    if (ts.isImportDeclaration(node))
      add(node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(from, text, ts.ScriptTarget.Latest));
  return found;
}

function brokenRules(imports: readonly Import[]): string[] {
  const say = ({ from, to }: Import, rule: string) => `${from} imports ${to}: ${rule}`;
  return imports.flatMap((edge) => {
    const { from, to } = edge;
    const folder = folders.find((name) => isIn(name)(from));
    if (!folder) return [];
    if (isOurs(to)) return mayImport[folder](edge) ? [] : [say(edge, `not allowed for ${folder}`)];
    if (to.startsWith("@pulumi/") && !["infra", "test"].includes(folder) && !components.includes(from)) {
      return [say(edge, "Pulumi is for infra and the components")];
    }
    if (to.startsWith("@aws-sdk/") && !awsAdapters.some((adapter) => adapter.test(from))) {
      return [say(edge, "the AWS SDK is for adapters")];
    }
    return [];
  });
}

const files = folders.flatMap(sources).filter((path) => !isIn("test/aws-check")(path));
const texts = new Map(files.map((path) => [path, readFileSync(path, "utf8")]));
const allImports = files.flatMap((path) => importsOf(path, texts.get(path)!));

describe("the architecture", () => {
  it("lets imports go in one direction: test, infra, monitoring and api, flags", () => {
    expect(allImports.length).toBeGreaterThan(200);
    expect(brokenRules(allImports)).toEqual([]);
  });

  it.each([
    ["flags/cohort.ts", 'import { alarms } from "../monitoring/alarms.ts";'],
    ["flags/document.ts", 'import { physicalName } from "../infra/naming.ts";'],
    ["api/app.ts", 'import { physicalName } from "../infra/naming.ts";'],
    ["api/app.ts", 'export { judge } from "../monitoring/judge.ts";'],
    ["api/app.ts", 'import * as pulumi from "@pulumi/pulumi";'],
    ["api/app.ts", 'const { KMSClient } = await import("@aws-sdk/client-kms");'],
    ["monitoring/judge.ts", 'import type { App } from "../api/app.ts";'],
    ["monitoring/alarm-set.ts", 'import { Network } from "../infra/network/network.ts";'],
    ["infra/service.ts", 'import { readSettings } from "../api/env.ts";'],
    ["infra/service.ts", 'import { plannedEnvironment } from "../test/support/planned-environment.ts";'],
  ])("would notice if %s had: %s", (path, text) => {
    expect(brokenRules(importsOf(path, text))).toHaveLength(1);
  });

  it("has no file that is longer than 300 lines, a test's 500", () => {
    const lengths = files.map((path) => [path, texts.get(path)!.split("\n").length - 1] as const);
    const limit = (path: string) => (isIn("test")(path) ? longest.test : longest.source);
    expect(lengths.filter(([path, lines]) => lines > limit(path))).toEqual([]);
  });

  it("has the program in under 80 lines, with a default export and no other", () => {
    const text = texts.get("infra/index.ts")!;
    expect(text.split("\n").length - 1).toBeLessThan(80);
    expect(text.match(/^export .*/gm)).toEqual([
      expect.stringMatching(/^export default async function program\(/),
    ]);
  });

  it("has one component in a file, which has a type token of its folder and registers its outputs", () => {
    const declared = files.filter((path) => /extends pulumi\.ComponentResource/.test(texts.get(path)!));
    expect(declared.length).toBeGreaterThan(20);
    for (const path of declared) {
      const text = texts.get(path)!;
      const folder = dirname(path).split("/").at(-1);
      expect([path, text.match(/extends pulumi\.ComponentResource/g)?.length]).toEqual([path, 1]);
      expect([path, text.match(/super\(componentType\("([a-z]+)"/)?.[1]]).toEqual([path, folder]);
      expect([path, text.includes("this.registerOutputs(")]).toEqual([path, true]);
    }
  });

  it("makes no resource in a layer: layers put components together", () => {
    for (const layer of ["foundation", "service", "rollout", "index"]) {
      expect(texts.get(`infra/${layer}.ts`)).not.toMatch(/from "@pulumi\/(aws|postgresql)"|new aws\./);
    }
  });

  it("asks in no component whether it is local: environments differ by configuration only", () => {
    const program = files.filter(
      (path) => /^infra\/(?!local\/|preview\/|update\/)/.test(path) || components.includes(path),
    );
    const asking = program.filter((path) => /[!=]== *"(local|dev|staging|prod)"/.test(texts.get(path)!));
    expect(asking).toEqual([]);
  });

  it("has no folder for what has no name", () => {
    const vague = files.filter((path) => /(^|\/)(utils?|helpers?|common|misc|shared)(\.ts|\/)/.test(path));
    const barrels = files.filter((path) => path.endsWith("/index.ts") && path !== "infra/index.ts");
    expect([...vague, ...barrels]).toEqual([]);
  });
});
