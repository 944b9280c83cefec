/**
 * A file that comes in: written beside, synced, and only when it is whole given its name, which no
 * other file has.
 *
 * @module
 */
import { join } from "node:path";
import { ChatnodeError } from "../../errors.ts";
import { removeIfThere, syncFolder, writeAll } from "../../files.ts";
import type { FileSink } from "../../transports/xmpp/jingle/incoming.ts";
import { numbered, safeFileName } from "./file_name.ts";

const NAMES_MOST = 1_000;
/** What a crash leaves behind is called. */
const UNFINISHED = /^\.chatnode-[0-9a-f-]{36}\.part$/;
const FORGOTTEN_MS = 7 * 24 * 60 * 60_000;

/** Where a file is to go. */
export interface Receiving {
  /** Made when it is not there. */
  readonly folder: string;
  /** As its sender calls it. */
  readonly name: string;
  /** A random UUID. */
  uuid(): string;
  /** Milliseconds since the Unix epoch. */
  now(): number;
}

/** See the module's description. */
export class ReceivedFile implements FileSink {
  readonly #folder: string;
  readonly #name: string;
  readonly #beside: string;
  readonly #file: Deno.FsFile;
  #isOpen = true;
  #path: string | undefined;

  private constructor(folder: string, name: string, beside: string, file: Deno.FsFile) {
    this.#folder = folder;
    this.#name = name;
    this.#beside = beside;
    this.#file = file;
  }

  /** @throws {ChatnodeError} `client/file` when nothing can be written there */
  static async create({ folder, name, uuid, now }: Receiving): Promise<ReceivedFile> {
    const beside = join(folder, `.chatnode-${uuid()}.part`);
    try {
      await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      await sweep(folder, now() - FORGOTTEN_MS);
      const file = await Deno.open(beside, { write: true, createNew: true, mode: 0o600 });
      return new ReceivedFile(folder, safeFileName(name), beside, file);
    } catch (error) {
      throw unwritable(error);
    }
  }

  /** Where it is; undefined before it is kept. */
  get path(): string | undefined {
    return this.#path;
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.#file, bytes);
    } catch (error) {
      throw unwritable(error);
    }
  }

  async keep(): Promise<void> {
    try {
      await this.#file.sync();
      this.#close();
      const path = await this.#claim();
      await Deno.rename(this.#beside, path);
      this.#path = path;
      await syncFolder(this.#folder);
    } catch (error) {
      throw unwritable(error);
    }
  }

  async discard(): Promise<void> {
    this.#close();
    if (this.#path !== undefined) return;
    await removeIfThere(this.#beside).catch(() => {});
  }

  /** Takes a name that nobody has; what has it now is empty, and ours. */
  async #claim(): Promise<string> {
    for (let number = 1; number <= NAMES_MOST; number += 1) {
      const path = join(this.#folder, numbered(this.#name, number));
      try {
        (await Deno.open(path, { write: true, createNew: true, mode: 0o600 })).close();
        return path;
      } catch (error) {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      }
    }
    throw new ChatnodeError("client/file", "Cannot keep the file: there are too many of its name");
  }

  #close(): void {
    if (this.#isOpen) this.#file.close();
    this.#isOpen = false;
  }
}

/** Removes what crashes have left, once nobody can be writing it any more. */
async function sweep(folder: string, before: number): Promise<void> {
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !UNFINISHED.test(name)) continue;
    const { mtime } = await Deno.stat(join(folder, name));
    if (mtime !== null && mtime.getTime() < before) await removeIfThere(join(folder, name));
  }
}

function unwritable(cause: unknown): ChatnodeError {
  if (cause instanceof ChatnodeError) return cause;
  const code = (cause as { readonly code?: unknown } | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new ChatnodeError("client/file", "Cannot keep the file: the disk is full", {
      ...{ cause, hint: "Free some space, and have it sent again." },
    });
  }
  const isRefused = cause instanceof Deno.errors.PermissionDenied ||
    cause instanceof Deno.errors.NotCapable || code === "EROFS";
  const state = isRefused ? "its folder may not be written" : "its folder cannot be written";
  return new ChatnodeError("client/file", `Cannot keep the file: ${state}`, { cause });
}
