/**
 * `deno task bench`: how fast the node is and how much memory it takes, measured beside other
 * servers in one run.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { UsageError } from "../../src/errors.ts";
import { line, main } from "../../tasks/steps.ts";
import type { Part } from "./contract.ts";
import { appends } from "./parts/appends.ts";
import { fanout } from "./parts/fanout.ts";
import { memory } from "./parts/memory.ts";
import { relay } from "./parts/relay.ts";
import { sends } from "./parts/sends.ts";
import { search } from "./parts/search.ts";
import { start } from "./parts/start.ts";
import { sync } from "./parts/sync.ts";
import { xmpp } from "./parts/xmpp.ts";
import { type PartResult, writeDocument } from "./report/document.ts";
import { tableText } from "./report/text.ts";
import { runPart, withScratch } from "./run.ts";
import { Tools } from "./setup/tools.ts";

/** In the order in which they run. */
const PARTS: readonly Part[] = [fanout, relay, appends, sends, search, start, memory, xmpp, sync];

const USAGE = `Usage: deno task bench [part ...] [flags]

Measures, and prints tables on stdout. A full run takes about three quarters of an hour and wants a
machine on which nothing else happens; name the parts that you need.

Parts, all unless some are named:
${PARTS.map(({ name, summary }) => `  ${name.padEnd(10)} ${summary}`).join("\n")}

  --quick      About a quarter of an hour: fewer and shorter measurements.
  --json FILE  Write the results there too.
  --docs       Fill the results into docs/benchmarks.md.
  --help       Show this help.
`;

async function bench(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "string" },
      docs: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE.trimEnd());
    return 0;
  }
  const parts = chosen(positionals);
  const results: Record<string, PartResult> = {};
  await withScratch(async (scratch) => {
    const tools = new Tools();
    for (const part of parts) {
      const surroundings = { pace: values.quick ? "quick" : "full", tools, scratch } as const;
      const result = await runPart(part, surroundings);
      results[part.name] = result;
      for (const table of result.tables) console.log(tableText(table));
      for (const { what, why } of result.missing) console.log(`Not measured: ${what}: ${why}\n`);
    }
  });
  if (values.json !== undefined) {
    await Deno.writeTextFile(values.json, JSON.stringify(results, undefined, 2));
  }
  if (values.docs) await writeDocument(results);
  await line("Done.");
  return 0;
}

function chosen(names: readonly string[]): readonly Part[] {
  const known = PARTS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError("bench/part", `Cannot run the part ${unknown}: there is none`, {
      hint: `There are: ${known.join(", ")}.`,
    });
  }
  return names.length === 0 ? PARTS : PARTS.filter(({ name }) => names.includes(name));
}

if (import.meta.main) await main(bench);
