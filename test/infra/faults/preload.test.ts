import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const directory = mkdtempSync(join(tmpdir(), "part-lens-faults-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A bundle whose one action answers a message; what it answers is sent back. */
const bundle = `
const v1Actions = { view: { handler: async () => ({ part: "of v1" }) } };
const v2Actions = { view: { handler: async () => ({ part: 1 }) } };
process.on("message", async (message) => {
  if (message === "ask v1") process.send({ answer: await v1Actions.view.handler().catch((error) => error.message) });
  if (message !== "ask") return;
  process.send({ answer: await v2Actions.view.handler().catch((error) => error.message) });
});
process.send({ ready: true });
`;

function start(source: string): ChildProcess {
  writeFileSync(join(directory, "index.mjs"), source);
  return fork(join(directory, "index.mjs"), {
    execArgv: ["--import", "./infra/local/faults/preload.ts"],
    silent: true,
  });
}

async function said(child: ChildProcess, send?: unknown): Promise<unknown> {
  const message = once(child, "message");
  if (send !== undefined) child.send(send as object);
  return (await message)[0];
}

test("a fault is put around the bundle's own handlers by a message, and taken off again", async () => {
  const child = start(bundle);
  try {
    expect(await said(child)).toEqual({ ready: true });
    expect(await said(child, "ask")).toEqual({ answer: { part: 1 } });
    expect(await said(child, { fault: "errors" })).toEqual({ faultIs: "errors" });
    expect(await said(child, "ask")).toEqual({ answer: expect.stringContaining("injected") });
    expect(await said(child, { fault: null })).toEqual({ faultIs: null });
    expect(await said(child, "ask")).toEqual({ answer: { part: 1 } });
  } finally {
    child.kill();
  }
});

test("a fault of v1 leaves v2 alone, and the other way round", async () => {
  const child = start(bundle);
  try {
    await said(child);
    await said(child, { fault: "v1-errors" });
    expect(await said(child, "ask v1")).toEqual({ answer: expect.stringContaining("v1 fails") });
    expect(await said(child, "ask")).toEqual({ answer: { part: 1 } });
    await said(child, { fault: "errors" });
    expect(await said(child, "ask v1")).toEqual({ answer: { part: "of v1" } });
    expect(await said(child, "ask")).toEqual({ answer: expect.stringContaining("v2 fails") });
  } finally {
    child.kill();
  }
});

test("a fault that ends the process does so in the middle of a request", async () => {
  const child = start(bundle);
  const ended = once(child, "exit");
  await said(child);
  await said(child, { fault: "exit" });
  child.send("ask");
  expect((await ended)[0]).toBe(1);
});

test("one leaked row means one: the next answer is whole again", async () => {
  const child = start(bundle);
  try {
    await said(child);
    await said(child, { fault: "rls-leak" });
    const leaked = { part: 1, row: { yacht_id: expect.any(String) } };
    expect(await said(child, "ask")).toEqual({ answer: leaked });
    expect(await said(child, "ask")).toEqual({ answer: { part: 1 } });
  } finally {
    child.kill();
  }
});

test("a bundle without the table of actions does not start: a fault that never bites would prove nothing", async () => {
  const child = start("process.send({ ready: true });");
  const [code] = await once(child, "exit");
  expect(code).not.toBe(0);
});
