/**
 * Programs of the system, from Debian.
 *
 * @module
 */
import { line, step } from "../../../tasks/steps.ts";
import { aptInstall, installLine, unmet } from "../../../tasks/testing/needs.ts";
import { Unavailable } from "./unavailable.ts";

const PACKAGES = {
  gcc: ["gcc", "libc6-dev"],
  "nats-server": ["nats-server"],
  mosquitto: ["mosquitto"],
  python3: ["python3"],
} as const;

/** A program that Debian has. */
export type SystemProgram = keyof typeof PACKAGES;

/**
 * Installs a program that is not there, when we may; its name.
 *
 * @throws {Unavailable} when we may not or apt fails
 */
export async function installProgram(program: SystemProgram): Promise<string> {
  const packages = PACKAGES[program];
  const need = { suite: "", program, from: packages[0] };
  if ((await unmet([need])).length === 0) return program;
  if (Deno.uid() !== 0) {
    throw new Unavailable(`${program} is not installed: ${installLine(packages)}`);
  }
  const fault = await step(`Installing ${packages.join(", ")}`, () => aptInstall(packages));
  if (fault !== undefined) await line(fault);
  if ((await unmet([need])).length > 0) throw new Unavailable(`${program} cannot be installed`);
  return program;
}
