import { join } from "node:path";

/** A folder that is gone after the test. */
export class TempFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TempFolder> {
    return new TempFolder(await Deno.makeTempDir({ prefix: "chatnode_test_" }));
  }

  /** A folder with everything that is below another one. */
  static async copyOf(path: string): Promise<TempFolder> {
    const folder = await TempFolder.make();
    await copyInto(path, folder.path);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** Copies everything below a folder into another one, which is made. */
export async function copyInto(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copyInto(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}
