/**
 * `docs/benchmarks.md`: what stands between a pair of marks is made from results, everything else
 * is written by hand and stays. The results themselves lie beside it, so that one part can be
 * measured again without the others.
 *
 * @module
 */
import { join } from "node:path";
import { ROOT } from "../../../tasks/build.ts";
import { deno } from "../../../tasks/program.ts";
import type { Circumstances } from "../machine.ts";
import type { Table } from "../contract.ts";
import { formatCell, targetRow, verdict } from "./format.ts";

const DOCUMENT = join(ROOT, "docs", "benchmarks.md");
const RESULTS = join(ROOT, "docs", "benchmarks.json");

/** Something that a run could not measure. */
export interface Missing {
  readonly what: string;
  readonly why: string;
}

/** What one part found. */
export interface PartResult {
  readonly circumstances: Circumstances;
  readonly tables: readonly Table[];
  readonly missing: readonly Missing[];
}

/** What the parts found, by name. */
export type Results = Readonly<Record<string, PartResult>>;

/** Puts new results into the document and beside it; what other parts found stays. */
export async function writeDocument(fresh: Results): Promise<void> {
  const results: Results = { ...await readResults(), ...fresh };
  let text = await Deno.readTextFile(DOCUMENT);
  text = filled(text, "targets", targetsText(results));
  for (const [part, result] of Object.entries(results)) {
    text = filled(text, part, partText(result));
  }
  await Deno.writeTextFile(DOCUMENT, text);
  await Deno.writeTextFile(RESULTS, JSON.stringify(results, undefined, 2));
  await deno(["fmt", "--quiet", DOCUMENT, RESULTS], { cwd: ROOT });
}

async function readResults(): Promise<Results> {
  try {
    return JSON.parse(await Deno.readTextFile(RESULTS)) as Results;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/**
 * `text` with `content` between the marks of `block`.
 *
 * @throws {Error} when the document has no such marks
 */
export function filled(text: string, block: string, content: string): string {
  const [begin, end] = [`<!-- begin ${block} -->`, `<!-- end ${block} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`Cannot fill in ${block}: it has no marks`);
  return `${text.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${text.slice(to)}`;
}

/** Every target and whether it was met. */
function targetsText(results: Results): string {
  const targets = Object.values(results).flatMap(({ tables }) => tables)
    .flatMap((table) => table.targets);
  const met = targets.filter((target) => verdict(target) === "met").length;
  const rows = [["target", "wanted", "measured", ""], ...targets.map(targetRow)];
  return `${met} of ${targets.length} targets are met.\n\n${markdownTable(rows)}`;
}

function partText({ circumstances, tables, missing }: PartResult): string {
  const parts = [circumstancesText(circumstances)];
  for (const { title, notes, columns, rows } of tables) {
    parts.push(`### ${title}`);
    if (notes.length > 0) parts.push(notes.map((note) => `- ${note}`).join("\n"));
    parts.push(markdownTable([columns, ...rows.map((row) => row.map(formatCell))]));
  }
  if (missing.length > 0) {
    parts.push(`Not measured:\n${missing.map(({ what, why }) => `- ${what}: ${why}`).join("\n")}`);
  }
  return parts.join("\n\n");
}

function circumstancesText(found: Circumstances): string {
  const { date, commit, processor, processors, memoryGiB, kernel, disk, deno, v8, load } = found;
  return `Measured ${date} at ${commit} on ${processors} x ${processor}, ${memoryGiB} GiB, ` +
    `${kernel}, ${disk}; Deno ${deno} (V8 ${v8}); load average ${load[0].toFixed(1)} before, ` +
    `${load[1].toFixed(1)} after.`;
}

function markdownTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rule = head.map((_, column) => column === 0 ? "---" : "---:");
  return [line(head), line(rule), ...body.map(line)].join("\n");
}
