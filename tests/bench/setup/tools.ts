/**
 * What the benchmark needs on the machine: each thing is looked for, installed or made when it is
 * first asked for, and once.
 *
 * @module
 */
import { build, ROOT } from "../../../tasks/build.ts";
import { join } from "node:path";
import { deno, lastLines } from "../../../tasks/program.ts";
import { compileProgram, type NativeProgram } from "./native.ts";
import { installNodePeers } from "./node_peers.ts";
import { Unavailable } from "./unavailable.ts";
import { installProgram, type SystemProgram } from "./system.ts";

/** Where installed and compiled things are kept between runs. */
const CACHE = join(ROOT, ".cache", "bench");

/** See the module's description. Methods throw `Unavailable` for what cannot be had. */
export class Tools {
  readonly #made = new Map<string, Promise<string>>();

  /** The path of a compiled C program. */
  native(name: NativeProgram): Promise<string> {
    return this.#once(`native ${name}`, async () => {
      await this.system("gcc");
      return await compileProgram(name, join(CACHE, "bin"));
    });
  }

  /** The name of a program of the system, present from then on. */
  system(program: SystemProgram): Promise<string> {
    return this.#once(`system ${program}`, () => installProgram(program));
  }

  /** The folder with the peers that run on Node, their packages installed. */
  nodePeers(): Promise<string> {
    return this.#once("node peers", () => installNodePeers(join(CACHE, "node")));
  }

  /** The folder with chatnode's bundle. */
  bundle(): Promise<string> {
    const folder = join(ROOT, "dist");
    return this.#once("bundle", async () => {
      await build(folder);
      return folder;
    });
  }

  /** The executable that `deno task compile` makes here. */
  executable(): Promise<string> {
    return this.#once("executable", async () => {
      const output = join(CACHE, "chatnode");
      const { code, stderr } = await deno([
        "run",
        "-A",
        join(ROOT, "tasks", "compile.ts"),
        "--output",
        output,
      ]);
      if (code !== 0) throw new Unavailable(`deno task compile failed: ${lastLines(stderr, 2)}`);
      return output;
    });
  }

  #once(what: string, make: () => Promise<string>): Promise<string> {
    const known = this.#made.get(what) ?? make();
    this.#made.set(what, known);
    return known;
  }
}
