/** A folder of one test's own, removed after it. */
import { join } from "node:path";

/** Runs `work` in a fresh folder that holds `files` by name. */
export async function inFolder(
  files: Readonly<Record<string, string>>,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(join(folder, name), text);
    }
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
