import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import program from "../../../infra/index.ts";
import { environments } from "../../../infra/naming.ts";
import { checkoutChange, checkoutMarkdown } from "../../../infra/preview/checkout-change.ts";
import { diffGraphs } from "../../../infra/preview/diff.ts";
import {
  graphOfSnapshot,
  plannedSnapshots,
  type Snapshots,
  snapshotDirectory,
  snapshotText,
  staleLayers,
  writeSnapshots,
} from "../../../infra/preview/snapshot.ts";
import { compareCheckouts, keepSnapshots, writeCommand } from "../../../infra/preview/snapshot-command.ts";
import { resource } from "../policies/graph.ts";

const topic = (name: string) => resource("aws:sns/topic:Topic", { name, tags: { b: "1", a: "2" } }, { name });
const code = (hash: string) =>
  resource("aws:lambda/function:Function", {
    code: { $archive: `.part-lens/bundles/api-${hash.slice(0, 12)}`, hash },
    environment: { variables: { CODE_VERSION: hash.slice(0, 12) } },
  });

afterEach(() => vi.restoreAllMocks());

/** A folder that is gone with the test. */
function folder(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), name));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe("a snapshot", () => {
  it("is the same text whatever the order of resources and keys", () => {
    const [one, two] = [topic("one"), topic("two")];
    const turned = { ...two, inputs: { tags: { a: "2", b: "1" }, name: "two" } };
    expect(snapshotText({ resources: [one, two] })).toBe(snapshotText({ resources: [turned, one] }));
  });

  it("does not change with the code of a bundle", () => {
    const text = (hash: string) =>
      snapshotText({ resources: [code(hash)] }, { [hash.slice(0, 12)]: "<code version>" });
    expect(text("a".repeat(64))).toBe(text("b".repeat(64)));
    expect(text("a".repeat(64))).toContain('"CODE_VERSION": "<code version>"');
  });

  it("names no folder of this machine", () => {
    const inputs = { jwks: `file://${process.cwd()}/keys.json`, code: `${process.cwd()}/bundle` };
    const text = snapshotText({ resources: [resource("aws:sns/topic:Topic", inputs)] });
    expect(text).not.toContain(process.cwd());
    expect(text).toContain('"file://<repository>/keys.json"');
  });

  it("reads back as the graph it was made of: nothing differs", () => {
    const graph = { resources: [topic("one"), { ...topic("two"), protect: true, aliases: ["zwei"] }] };
    const back = graphOfSnapshot(snapshotText(graph), "a snapshot");
    expect(diffGraphs(graph, back).map(({ step }) => step)).toEqual(["same", "same"]);
    expect(back.resources[1]).toMatchObject({ protect: true, aliases: ["zwei"], custom: true });
    expect(() => graphOfSnapshot("{", "x.json")).toThrow("x.json is no snapshot");
  });

  it("is stale when it differs or is missing, and no longer when it was written", () => {
    const directory = folder("snapshots-");
    const made: Snapshots = { foundation: "a", service: "b", rollout: "c" };
    expect(staleLayers("dev", made, directory)).toEqual(["foundation", "service", "rollout"]);
    writeSnapshots("dev", made, directory);
    expect(staleLayers("dev", made, directory)).toEqual([]);
    expect(staleLayers("dev", { ...made, service: "new" }, directory)).toEqual(["service"]);
  });

  it.each(environments)(
    `of every layer of %s is committed and up to date (else: ${writeCommand})`,
    async (name) => {
      const stale = staleLayers(name, await plannedSnapshots({ environment: name, program }));
      const lines = stale.map(
        (layer) => `${name}-${layer} differs: run "${writeCommand}" and review the change`,
      );
      expect(lines).toEqual([]);
    },
  );
});

describe("the difference between two checkouts", () => {
  const committed = (layer: string) => readFileSync(join(snapshotDirectory, `dev-${layer}.json`), "utf8");
  const made: Snapshots = {
    foundation: committed("foundation"),
    service: committed("service"),
    rollout: committed("rollout"),
  };
  const base = (service = made.service, rollout = made.rollout) => {
    const directory = folder("checkout-");
    cpSync(snapshotDirectory, join(directory, snapshotDirectory), { recursive: true });
    writeSnapshots("dev", { ...made, service, rollout }, join(directory, snapshotDirectory));
    return directory;
  };

  it("is none between a checkout and itself", () => {
    const change = checkoutChange("dev", base(), made);
    expect(change.forbidden).toEqual([]);
    expect(checkoutMarkdown([change])).toContain("No infrastructure changes in dev.");
  });

  it("tells an alarm's new threshold in words", () => {
    const before = made.service.replace(/"threshold": 5,/g, '"threshold": 3,');
    const change = checkoutChange("dev", base(before), made);
    expect(change.alarms).toContain("serverErrors: more than 3 → more than 5 in 300 s");
    expect(change.forbidden).toEqual([]);
    expect(checkoutMarkdown([change])).toContain("- serverErrors: more than 3 → more than 5 in 300 s");
  });

  it("forbids a bucket to be lost", () => {
    const before = made.service.replace('"name": "pms-label-pdfs",\n', '"name": "pms-other",\n');
    expect(before).not.toBe(made.service);
    const bucket = JSON.parse(made.service) as { resources: object[] };
    bucket.resources.push({ type: "aws:s3/bucket:Bucket", name: "old", inputs: {} });
    const change = checkoutChange("dev", base(JSON.stringify(bucket)), made);
    expect(change.forbidden).toEqual([
      expect.objectContaining({ step: "delete", name: "old", layer: "service" }),
    ]);
    expect(checkoutMarkdown([change])).toContain(
      "**delete** service aws Bucket `old`: would lose its objects",
    );
  });

  it("knows a step of the rollout, and forbids it to touch another layer", () => {
    const rollout = made.rollout.replaceAll('\\"stage\\": \\"off\\"', '\\"stage\\": \\"full-100\\"');
    const alone = checkoutChange("dev", base(made.service, rollout), made);
    expect([alone.stage, alone.forbidden]).toEqual([{ from: "full-100", to: "off" }, []]);
    const before = made.service.replace(/"threshold": 5,/g, '"threshold": 3,');
    const both = checkoutChange("dev", base(before, rollout), made);
    expect(both.forbidden.map(({ reason }) => reason)).toContain(
      "is outside the rollout layer, and a stage moves nothing else",
    );
  });

  it("needs a checkout that has snapshots", () => {
    expect(() => checkoutChange("dev", tmpdir(), made)).toThrow("that checkout has no snapshots");
  });

  it("ends the command with 3 when it is forbidden", async () => {
    const service = JSON.parse(made.service) as { resources: object[] };
    service.resources.push({ type: "aws:lambda/alias:Alias", name: "gone", inputs: {} });
    const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
    expect(await compareCheckouts(program, ["dev"], base(JSON.stringify(service)))).toBe(3);
    expect(String(printed.mock.calls[0])).toContain("**delete** service aws Alias `gone`");
  });

  it("ends the command with 2 when a snapshot is old, with 0 when it was written", async () => {
    const directory = join(base(made.service, "{}"), snapshotDirectory);
    const printed = vi.spyOn(console, "log").mockImplementation(() => undefined);
    expect(await keepSnapshots(program, ["dev"], false, directory)).toBe(2);
    expect(String(printed.mock.lastCall)).toContain(`dev-rollout. Run "${writeCommand}"`);
    expect(await keepSnapshots(program, ["dev"], true, directory)).toBe(0);
    expect(readFileSync(join(directory, "dev-rollout.json"), "utf8")).toBe(made.rollout);
  });
});
