/** A disk of a few megabytes, which takes root and Linux. */
import { join } from "node:path";

/** Whether one can be had here. Containers often forbid it, to root too. */
export async function canMount(): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const folder = await Deno.makeTempDir({ prefix: "chatnode_mount_" });
  try {
    await mount(folder, 1);
    await unmount(folder);
    return true;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder);
  }
}

/** What to tell those for whom the tests are skipped. */
export const HOW_TO_MOUNT =
  "needs to mount a tmpfs: sudo deno test -A tests/process/full_disk_test.ts";

/** A small disk at `folder`, unmounted when it is disposed of. */
export class SmallDisk implements AsyncDisposable {
  readonly folder: string;
  readonly #filler: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#filler = join(folder, "filler");
  }

  /** Mounts `mebibytes` at `folder`, which is made. */
  static async mount(folder: string, mebibytes: number): Promise<SmallDisk> {
    await Deno.mkdir(folder, { recursive: true });
    await mount(folder, mebibytes);
    return new SmallDisk(folder);
  }

  /** Takes all space that is left. */
  async fill(): Promise<void> {
    using file = await Deno.open(this.#filler, { write: true, create: true, append: true });
    for (let size = 64 * 1024; size >= 1;) {
      try {
        const written = await file.write(new Uint8Array(size));
        if (written < size) size = Math.floor(size / 2);
      } catch {
        size = Math.floor(size / 2);
      }
    }
  }

  /** Lets nothing be written any more; nobody may have a file open for that. */
  async makeReadOnly(): Promise<void> {
    await run("mount", "-o", "remount,ro", this.folder);
  }

  /** Gives it back. */
  async free(): Promise<void> {
    await Deno.remove(this.#filler);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await unmount(this.folder);
  }
}

function mount(folder: string, mebibytes: number): Promise<void> {
  return run("mount", "-t", "tmpfs", "-o", `size=${mebibytes}m,mode=700`, "tmpfs", folder);
}

function unmount(folder: string): Promise<void> {
  return run("umount", folder);
}

async function run(command: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
}
