/**
 * What has to be on the machine before anything is built or tested.
 *
 * @module
 */
import { ChatnodeError } from "../src/errors.ts";
import { deno, lastLines } from "./program.ts";
import { OLDEST_DENO } from "./runtime.ts";
import { step } from "./steps.ts";

/**
 * Downloads the dependencies that are not there yet, exactly those of `deno.lock`.
 *
 * @throws {ChatnodeError} when one cannot be had
 */
export async function install(root: string): Promise<void> {
  checkDeno(Deno.version.deno);
  await step("Installing the dependencies", async () => {
    const { code, stderr } = await deno(["install", "--frozen", "--quiet"], { cwd: root });
    if (code === 0) return;
    throw new ChatnodeError(
      "install/failed",
      "Cannot install the dependencies: deno install failed",
      { hint: lastLines(stderr, 4) },
    );
  });
}

/** @throws {ChatnodeError} when `version` is older than {@linkcode OLDEST_DENO} */
export function checkDeno(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldMajor, oldMinor] = OLDEST_DENO;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  throw new ChatnodeError(
    "install/deno",
    `Cannot build chatnode with Deno ${version}: it needs ${oldMajor}.${oldMinor} or newer`,
    { hint: "Upgrade it with: deno upgrade. Or use the newest one: npx -y deno@latest task start" },
  );
}
