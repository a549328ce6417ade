import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { serve } from "@hono/node-server";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { createApp } from "../../../api/app.ts";
import { v2Actions } from "../../../api/v2/actions/catalogue.ts";
import {
  type AcceptanceRecord,
  hintOf,
  runAcceptance,
  suites,
} from "../../../monitoring/evidence/acceptance.ts";
import { writeRecord } from "../../../monitoring/evidence/acceptance-report.ts";
import type { Fetch } from "../../../monitoring/evidence/case-runner.ts";
import { type Identities, secretsOf } from "../../../monitoring/evidence/identities.ts";
import { startApi, type TestApi } from "../../api/harness.ts";
import { freshIdentities } from "./fresh-identities.ts";

let api: TestApi;
let fetch: Fetch;
let identities: Identities;
let directory: string;

const url = "http://acceptance.test";
const cohort = ["aurora", "borealis", "calypso"] as const;

beforeAll(async () => {
  api = await startApi();
  const app = createApp(api.dependencies);
  fetch = async (input, init) => app.request(input, init);
});
afterAll(() => api.stop());

beforeEach(async () => {
  api.setFlags({ stage: "full-100", cohort });
  directory = mkdtempSync(join(tmpdir(), "part-lens-evidence-"));
  identities = await freshIdentities(api);
});
const planted = { ...v2Actions };
afterEach(() => {
  Object.assign(v2Actions, planted);
  rmSync(directory, { recursive: true, force: true });
});

const run = (changes: object = {}) => runAcceptance({ url, identities, fetch, ...changes });
const failuresOf = (record: AcceptanceRecord) =>
  Object.values(record.files).flatMap(({ suite, cases }) =>
    cases.filter(({ passed }) => !passed).map(({ name }) => `${suite}: ${name}`),
  );

test("a run against the API passes and writes all five files, of real answers", async () => {
  const level = async () => {
    const { body } = await api.execute("/v2", ["aurora", "captain"], "view_part_details", {
      part_id: identities.yacht.partId,
    });
    return (body.part as { on_hand: number }).on_hand;
  };
  const before = await level();
  const record = await run();
  expect(failuresOf(record)).toEqual([]);
  expect(record.passed).toBe(true);
  expect(await level()).toBe(before);

  writeRecord(record, directory);
  expect(readdirSync(directory).sort()).toEqual([
    "canonical_router_acceptance_summary.json",
    "idempotency_409_evidence.json",
    "signed_actions_evidence.json",
    "storage_rls_403_evidence.json",
    "zero_5xx_scan.json",
  ]);
  const read = (name: string) => JSON.parse(readFileSync(join(directory, name), "utf8"));
  const core = read(suites.core.file);
  expect(core.cases).toHaveLength(6);
  expect(core.cases[5]).toMatchObject({ name: "zero-5xx scan", serverErrors: 0, unanswered: 0 });
  expect(core.stamps).toMatchObject({ code: ["code-under-test"], stage: ["full-100"] });
  const signed = read(suites.signed.file);
  expect(signed.cases.map((each: { answer: { status: number } }) => each.answer.status)).toEqual([
    400, 400, 403, 200, 400, 400, 200, 200,
  ]);
  expect(signed.cases[3]).toMatchObject({
    as: "hod",
    request: {
      authorization: "Bearer [redacted]",
      body: { payload: { signature: { pin: "[redacted]", totp: "[redacted]" } } },
    },
    expected: { status: 200 },
    answer: { body: { is_signed: true }, requestId: expect.any(String), stamps: { version: "v2" } },
    at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    milliseconds: expect.any(Number),
  });
});

test("no token, PIN, secret or code stands in what is written", async () => {
  const codes = new Set<string>();
  const listening: Fetch = (input, init) => {
    const totp = /"totp":"(\d{6})"/.exec(String(init.body))?.[1];
    if (totp) codes.add(totp);
    return fetch(input, init);
  };
  const text = JSON.stringify(await run({ fetch: listening }));
  expect(codes.size).toBeGreaterThanOrEqual(3);
  for (const secret of secretsOf(identities)) expect(text).not.toContain(secret);
  for (const code of codes) expect(text).not.toContain(`"${code}"`);
});

test.each([
  [
    "a handler that fails",
    () => {
      v2Actions.consume_part = {
        ...planted.consume_part!,
        handler: () => Promise.reject(new Error("planted")),
      };
    },
    ["core: consume_part", "core: zero-5xx scan"],
  ],
  [
    "an action that lets crew in",
    () => {
      const { adjust_stock_quantity: adjust } = planted;
      v2Actions.adjust_stock_quantity = { ...adjust!, roles: [...adjust!.roles, "crew"] };
    },
    ["signed: adjust_stock_quantity, crew"],
  ],
  [
    "a repeat that is answered as if it were new",
    () => {
      v2Actions.receive_part = {
        ...planted.receive_part!,
        handler: ({ scope, call }, payload) => {
          const { idempotency_key: _, ...unkeyed } = scope;
          return call("v2_receive_part", payload).catch(() => ({ ...unkeyed, new_stock_level: 1 }));
        },
      };
    },
    ["idempotency: receive_part, the same again"],
  ],
] as const)("%s is found, by its case", async (_, plant, expected) => {
  plant();
  const record = await run();
  expect(record.passed).toBe(false);
  for (const failure of expected) expect(failuresOf(record)).toContain(failure);
});

test("a yacht whose lens is off fails with a word of what to do", async () => {
  api.setFlags({ cohort: [] });
  const record = await run();
  expect(record.passed).toBe(false);
  expect(hintOf(record)).toContain("acceptance runs on a pilot yacht");
});

test("an API that does not answer is a run that failed, not one that stopped", async () => {
  const record = await run({ fetch: () => Promise.reject(new TypeError("fetch failed")) });
  expect(record.passed).toBe(false);
  expect(record.files[suites.zero5xx.file]?.scan).toMatchObject({ answers: 0, passed: false });
});

test("the command ends with 0 against a right API, and with 1 when crew may adjust or a handler fails", async () => {
  const { fetch } = createApp(api.dependencies);
  const listening = Promise.withResolvers<number>();
  const server = serve({ fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => listening.resolve(port));
  const port = await listening.promise;
  const file = join(directory, "identities.json");
  const against = async () => {
    writeFileSync(file, JSON.stringify(await freshIdentities(api)));
    const asked = [
      "--url",
      `http://127.0.0.1:${port}`,
      "--identities",
      file,
      "--out",
      join(directory, "out"),
    ];
    return command(["acceptance", ...asked, "--json"]);
  };
  try {
    const right = await against();
    expect([right.code, JSON.parse(right.stdout).passed]).toEqual([0, true]);
    const { adjust_stock_quantity: adjust, consume_part: consume } = planted;
    v2Actions.adjust_stock_quantity = { ...adjust!, roles: [...adjust!.roles, "crew"] };
    expect((await against()).code).toBe(1);
    v2Actions.adjust_stock_quantity = adjust!;
    v2Actions.consume_part = { ...consume!, handler: () => Promise.reject(new Error("planted")) };
    expect((await against()).code).toBe(1);
  } finally {
    server.close();
  }
});

function command(args: readonly string[]) {
  return new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ["monitoring/evidence/evidence.ts", ...args], (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
}

test("the command says what it needs, and ends with 1 when no case passes", async () => {
  const help = await command(["acceptance", "--help"]);
  expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("--identities") });
  expect((await command(["acceptance", "--nonsense"])).code).toBe(2);
  expect(await command(["acceptance", "--url", url])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--identities"),
  });
  const file = join(directory, "identities.json");
  writeFileSync(file, JSON.stringify({ ...identities, yacht: { id: "Meltemi" } }));
  expect(await command(["acceptance", "--url", url, "--identities", file])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("yacht.partId"),
  });
  writeFileSync(file, JSON.stringify(identities));
  const out = join(directory, "out");
  const ended = await command([
    "acceptance",
    "--url",
    "http://127.0.0.1:9",
    "--identities",
    file,
    "--out",
    out,
  ]);
  expect(ended).toMatchObject({ code: 1, stdout: expect.stringContaining("0 passed") });
  expect(statSync(join(out, suites.core.file)).size).toBeGreaterThan(0);
});
