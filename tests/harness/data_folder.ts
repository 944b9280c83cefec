/**
 * Runs `body` with an empty folder that is removed afterwards, whatever happens.
 *
 * @example A node's data folder for one test
 * ```ts ignore
 * await withDataFolder(async (folder) => { ... });
 * ```
 */
export async function withDataFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "chatnode_test_" });
  try {
    return await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
