/**
 * `chatnode version`.
 *
 * @module
 */
import manifest from "../../deno.json" with { type: "json" };
import { boolean } from "../config/kinds.ts";
import { action, option } from "./command.ts";
import { table } from "./output.ts";

/** The version of chatnode, from the one place where it stands. */
export const VERSION: string = manifest.version;

export const command = action({
  name: "version",
  summary: "Show the version of this program and of its runtime",
  reads: "none",
  examples: [{ line: "version --json", does: "The same for programs." }],
  options: { json: option(boolean(), "Print one JSON object.", false) },
  async run({ io, options }) {
    const facts = {
      chatnode: VERSION,
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      typescript: Deno.version.typescript,
      platform: `${Deno.build.os}-${Deno.build.arch}`,
    };
    await io.stdout.write(
      options.json ? `${JSON.stringify(facts)}\n` : table(Object.entries(facts)),
    );
  },
});
