/**
 * Programs of the system, from Debian.
 *
 * @module
 */
import { line, step } from "../../../tasks/steps.ts";
import { aptInstall, installLine, unmet } from "../../../tasks/testing/needs.ts";
import { Unavailable } from "./unavailable.ts";

/** What Debian calls a program's packages, and where it is when its name does not say. */
const PROGRAMS = {
  gcc: { packages: ["gcc", "libc6-dev"] },
  "nats-server": { packages: ["nats-server"] },
  mosquitto: { packages: ["mosquitto"] },
  python3: { packages: ["python3"] },
  radosgw: { packages: ["radosgw", "ceph-mon", "ceph-osd", "ceph-common"] },
  openssl: { packages: ["openssl"] },
  prosody: { packages: ["prosody", "prosody-modules"] },
  ejabberd: { packages: ["ejabberd"], path: "ejabberdctl" },
  slixmpp: {
    packages: ["python3-slixmpp"],
    path: "/usr/lib/python3/dist-packages/slixmpp/__init__.py",
  },
} as const;

interface Known {
  readonly packages: readonly [string, ...string[]];
  /** Its name elsewhere in the PATH, or an absolute path. */
  readonly path?: string;
}

/** A program that Debian has. */
export type SystemProgram = keyof typeof PROGRAMS;

/**
 * Installs a program that is not there, when we may; its name.
 *
 * @throws {Unavailable} when we may not or apt fails
 */
export async function installProgram(program: SystemProgram): Promise<string> {
  const { packages, path = program }: Known = PROGRAMS[program];
  const need = { suite: "", program: path, from: packages[0] };
  if ((await unmet([need])).length === 0) return program;
  if (Deno.uid() !== 0) {
    throw new Unavailable(`${program} is not installed: ${installLine(packages)}`);
  }
  const fault = await step(`Installing ${packages.join(", ")}`, () => aptInstall(packages));
  if (fault !== undefined) await line(fault);
  if ((await unmet([need])).length > 0) throw new Unavailable(`${program} cannot be installed`);
  return program;
}
