import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EntryStore } from "./numbered-log.ts";

/**
 * Entries as files of a folder. An entry is written aside, brought to the disk and then linked under its name, which
 * fails when the name is taken: there is never a part of one, whenever the process or the machine dies. What a crash
 * has left aside starts with a dot and is never read.
 */
export function entryFolder(directory: string): EntryStore {
  return {
    async names(after = "") {
      const all = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return [];
        throw error;
      });
      return all.filter((name) => !name.startsWith(".") && name > after);
    },
    read: (name) => readFile(join(directory, name), "utf8"),
    async create(name, content) {
      await mkdir(directory, { recursive: true });
      const aside = join(directory, `.${name}.${randomUUID()}`);
      try {
        await writeThrough(aside, content);
        await link(aside, join(directory, name));
        await syncFolder(directory);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
      } finally {
        await rm(aside, { force: true });
      }
    },
  };
}

async function writeThrough(path: string, content: string): Promise<void> {
  await using file = await open(path, "wx");
  await file.writeFile(content);
  await file.sync();
}

/** The name itself must survive a power cut, too. */
async function syncFolder(directory: string): Promise<void> {
  await using folder = await open(directory, "r");
  await folder.sync();
}
