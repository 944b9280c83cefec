/**
 * The peers that run on Node: their programs and their packages, in one folder outside the tree.
 *
 * @module
 */
import { join } from "node:path";
import { capture, lastLines } from "../../../tasks/program.ts";
import { step } from "../../../tasks/steps.ts";
import { unmet } from "../../../tasks/testing/needs.ts";
import { Unavailable } from "./unavailable.ts";

const PEERS = join(import.meta.dirname ?? ".", "..", "peers");
const PINS = ["package.json", "package-lock.json"];
const PROGRAMS = ["broadcast.cjs", "socketio.cjs"];

/**
 * Copies the peers to `folder` and installs exactly what their lock file names; the folder.
 *
 * @throws {Unavailable} without node and npm, or when npm fails
 */
export async function installNodePeers(folder: string): Promise<string> {
  const needs = ["node", "npm"].map((program) => ({ suite: "", program, from: program }));
  const missing = (await unmet(needs)).map(({ program }) => program);
  if (missing.length > 0) throw new Unavailable(`${missing.join(" and ")} is not installed`);
  await Deno.mkdir(folder, { recursive: true });
  const installed = await samePins(folder);
  for (const name of [...PINS, ...PROGRAMS]) {
    await Deno.copyFile(join(PEERS, name), join(folder, name));
  }
  if (installed) return folder;
  await step("Installing socket.io and ws", async () => {
    const args = ["ci", "--no-audit", "--no-fund", "--omit=dev", "--omit=optional"];
    const { code, stderr } = await capture("npm", args, { cwd: folder });
    if (code !== 0) throw new Unavailable(`npm ci failed: ${lastLines(stderr, 2)}`);
  });
  return folder;
}

async function samePins(folder: string): Promise<boolean> {
  try {
    // npm writes this one when it has installed everything.
    await Deno.stat(join(folder, "node_modules", ".package-lock.json"));
    for (const name of PINS) {
      const [there, here] = await Promise.all(
        [folder, PEERS].map((place) => Deno.readTextFile(join(place, name))),
      );
      if (there !== here) return false;
    }
    return true;
  } catch {
    return false;
  }
}
