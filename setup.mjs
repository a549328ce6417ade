/**
 * What every command needs before it can run, on any machine with Node 20 or newer: dependencies, Node 24, keys.
 * Plain JavaScript, because it runs before anything is installed.
 *
 *   node setup.mjs            only sets up
 *   node setup.mjs NAME …     sets up, then runs that command (see `commands`) with Node 24 and the arguments left
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, randomBytes, randomUUID } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const stateDirectory = join(root, ".part-lens");
const keyDirectory = join(stateDirectory, "keys");
const nodeMajor = 24;

const commands = {
  rehearse: "infra/local/rehearsal/rehearse.ts",
  preview: "infra/preview/preview.ts",
  up: "infra/update/up.ts",
  rollout: "infra/update/rollout.ts",
  incident: "infra/update/incident.ts",
  import: "api/import/command.ts",
  evidence: "monitoring/evidence/evidence.ts",
  audit: "api/database/audit-command.ts",
  jobs: "monitoring/jobs-command.ts",
  tenants: "api/database/tenants-command.ts",
  reconcile: "monitoring/jobs-command.ts",
  "reconcile-stack": "infra/update/reconcile-command.ts",
  "false-rollbacks": "infra/local/matrix/false-rollbacks-command.ts",
  openapi: "api/openapi.ts",
  policies: "infra/policies/policies.ts",
  bench: "test/bench/bench.ts",
  test: "test/run.ts",
  "test:aws": ["test/run.ts", "test/emulator"],
  "aws-check": "test/aws-check/run.ts",
};

/** Ends with a message that says what to do. */
function fail(message) {
  process.stderr.write(`setup: ${message}\n`);
  process.exit(1);
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Whose the lock is; undefined when it was given back meanwhile. */
function ownerOf(lock) {
  try {
    return Number(readFileSync(lock, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Takes the lock, which says whose it is from its first moment on; one of a dead process is taken over. */
async function takeLock(lock) {
  const own = `${lock}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    for (;;) {
      try {
        return linkSync(own, lock);
      } catch (error) {
        if (error.code !== "EEXIST") throw error;
      }
      const owner = ownerOf(lock);
      if (owner > 0 && isAlive(owner)) await new Promise((resolve) => setTimeout(resolve, 200));
      else if (owner !== undefined) rmSync(lock, { force: true });
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Two commands started at once must not install over each other. */
async function withLock(work) {
  mkdirSync(stateDirectory, { recursive: true });
  const lock = join(stateDirectory, "setup.lock");
  await takeLock(lock);
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** Installs what the lockfile names, unless that very lockfile is installed already. */
function installDependencies() {
  const stamp = join(root, "node_modules", ".part-lens-lockfile");
  const wanted = createHash("sha256")
    .update(readFileSync(join(root, "package-lock.json")))
    .digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  process.stderr.write("setup: installing dependencies (once, about 30 s) …\n");
  const started = Date.now();
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const result = spawnSync(npm, ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (result.error) fail(`npm does not start (${result.error.message}); install npm, which comes with Node`);
  if (result.status !== 0) fail("npm ci failed; its message is above. Is a package registry within reach?");
  writeFileSync(stamp, wanted);
  process.stderr.write(`setup: dependencies installed in ${Math.round((Date.now() - started) / 1000)} s\n`);
}

/** The Node that runs everything else: the npm package for this platform, or the one running now. */
function findNode() {
  // The package's own folder, not .bin: npm 10 links no bin of an optional package.
  const own = join(root, "node_modules", `node-${process.platform}-${process.arch}`, "bin", "node");
  const candidates = [own, process.execPath];
  for (const candidate of candidates) {
    const version = spawnSync(candidate, ["--version"], { encoding: "utf8" }).stdout?.trim() ?? "";
    const [major = 0, minor = 0] = version.replace("v", "").split(".").map(Number);
    if (major === nodeMajor && minor >= 7) return candidate;
  }
  return fail(
    `Node ${nodeMajor} (24.7 or newer) was not installed for ${process.platform}-${process.arch} and the Node running ` +
      `this is ${process.version}; install Node ${nodeMajor} and run the command again`,
  );
}

/** Makes a key file unless it is there; readable by this user alone. */
function keepKey(name, make) {
  const path = join(keyDirectory, name);
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600, flag: "wx" });
}

/** The local identity provider's key pair. The public half is written first: a half-made pair is made anew. */
function keepTokenKeys() {
  if (existsSync(join(keyDirectory, "jwt.private.jwk.json")) && existsSync(join(keyDirectory, "jwks.json")))
    return;
  for (const name of ["jwks.json", "jwt.private.jwk.json"]) rmSync(join(keyDirectory, name), { force: true });
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const head = { kid: randomUUID(), alg: "EdDSA", use: "sig" };
  keepKey("jwks.json", () => JSON.stringify({ keys: [{ ...publicKey.export({ format: "jwk" }), ...head }] }));
  keepKey("jwt.private.jwk.json", () => JSON.stringify({ ...privateKey.export({ format: "jwk" }), ...head }));
}

/** The operator's key that signs evidence here, and the public half to be given to whoever checks it. */
function keepEvidenceKeys() {
  const path = join(keyDirectory, "evidence.private.pem");
  const options = { namedCurve: "P-256" };
  keepKey("evidence.private.pem", () =>
    generateKeyPairSync("ec", options).privateKey.export({ type: "pkcs8", format: "pem" }),
  );
  keepKey("evidence.public.pem", () =>
    createPublicKey(readFileSync(path)).export({ type: "spki", format: "pem" }),
  );
}

/** Keys of this machine's stack; they never leave it and are never committed. */
function keepKeys() {
  mkdirSync(keyDirectory, { recursive: true, mode: 0o700 });
  keepTokenKeys();
  keepEvidenceKeys();
  keepKey("signer.key", () => randomBytes(32).toString("base64"));
  const roles = ["postgres", "part_lens_admin", "part_lens_migrator", "part_lens_api", "part_lens_auditor"];
  keepKey("database.passwords.json", () =>
    JSON.stringify(Object.fromEntries(roles.map((role) => [role, randomBytes(24).toString("base64url")]))),
  );
}

/** Runs a command with Node 24 first on PATH; its exit code is ours, and so are the signals it gets. */
function run(node, script, args) {
  const environment = {
    ...process.env,
    PATH: [dirname(node), join(root, "node_modules", ".bin"), process.env.PATH ?? ""].join(delimiter),
    NODE_NO_WARNINGS: "1",
  };
  const child = spawn(node, [join(root, script), ...args], { cwd: root, stdio: "inherit", env: environment });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => fail(`${script} does not start: ${error.message}`));
  child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 1)));
}

const [name, ...args] = process.argv.slice(2);
const [script, ...fixed] = name === undefined ? [] : [commands[name]].flat();
if (name !== undefined && !script)
  fail(`no command "${name}"; there are ${Object.keys(commands).join(", ")}`);
const node = await withLock(() => {
  installDependencies();
  keepKeys();
  return findNode();
});
if (script) run(node, script, [...fixed, ...args]);
