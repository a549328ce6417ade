import { execFile, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const day = 24 * 3_600_000;

/** The checkout of a commit could not be made, or its own programs do not run. */
export class CheckoutFailed extends Error {
  override readonly name = "CheckoutFailed";
}

/**
 * The files of a commit in a folder of their own below `.part-lens/`, with the dependencies that its lockfile names.
 * Nothing in the repository changes. Throws CheckoutFailed.
 */
export async function revisionCheckout(root: string, commit: string): Promise<string> {
  const checkouts = join(root, ".part-lens", "known-good");
  const directory = join(checkouts, commit);
  if (!existsSync(directory)) await place(root, commit, directory);
  utimesSync(directory, new Date(), new Date());
  removeUnused(checkouts);
  // Installs what is missing, as every command does.
  await ownProgram(directory, ["setup.mjs"]);
  return directory;
}

/** A checkout has as many files as its dependencies: those that nobody has used for a day go. */
function removeUnused(checkouts: string): void {
  for (const name of readdirSync(checkouts)) {
    const path = join(checkouts, name);
    // One that is being made changes its name when it is whole.
    const found = statSync(path, { throwIfNoEntry: false });
    if (found && found.mtimeMs < Date.now() - day) rmSync(path, { recursive: true, force: true });
  }
}

/** Written aside and renamed: one that was cut off leaves nothing that looks whole. */
async function place(root: string, commit: string, directory: string): Promise<void> {
  const aside = `${directory}.${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  try {
    const git = (...args: readonly string[]) =>
      run("git", args, { cwd: root, env: { ...process.env, GIT_INDEX_FILE: join(aside, ".index") } });
    await git("read-tree", commit);
    await git("checkout-index", "--all", `--prefix=${aside}/`);
    rmSync(join(aside, ".index"));
    const lockfile = (folder: string) => readFileSync(join(folder, "package-lock.json"), "utf8");
    if (lockfile(aside) === lockfile(root)) linked(join(root, "node_modules"), join(aside, "node_modules"));
    renameSync(aside, directory);
  } catch (cause) {
    rmSync(aside, { recursive: true, force: true });
    // Another process was quicker, with the very same files.
    if (existsSync(directory)) return;
    throw new CheckoutFailed(`the files of ${commit} could not be laid out: ${(cause as Error).message}`, {
      cause,
    });
  }
}

/** The same files under another path. Not the folder by a link: a bundle names its modules by their real paths. */
function linked(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linked(source, target);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else link(source, target);
  }
}

function link(source: string, target: string): void {
  try {
    linkSync(source, target);
  } catch {
    // Another disk, or one that knows no links.
    cpSync(source, target);
  }
}

export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
}

/**
 * Runs a program of that checkout with this Node; what it tells on standard error goes to `tell`, or is in the error.
 * Throws CheckoutFailed when it ends with another code than one of `fine`.
 */
export async function ownProgram(
  directory: string,
  args: readonly string[],
  { fine = [0], tell }: { readonly fine?: readonly number[]; readonly tell?: (text: string) => void } = {},
): Promise<ProgramEnd> {
  const child = spawn(process.execPath, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    tell?.(text);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (code !== null && fine.includes(code)) return { code, stdout };
  const last = stderr.trim().split("\n").slice(-5).join("\n");
  throw new CheckoutFailed(`${args[0]} of ${directory} ended with ${code}: ${last}`);
}
