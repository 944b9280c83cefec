/**
 * The table of extensions in docs/xmpp.md, out of what the features declare: the same declarations
 * that service discovery answers from.
 *
 * @module
 */
import type { Extension, Feature } from "./feature.ts";

/** What stands around the table in the page. */
const BEGIN = "<!-- extensions: written by tasks/docs.ts -->";
const END = "<!-- /extensions -->";

/** Every extension once, RFCs first, then by number. */
export function extensionsOf(features: readonly Feature<unknown>[]): readonly Extension[] {
  const all = features.flatMap(({ extensions }) => extensions);
  const sorted = [...all].sort((a, b) => order(a) < order(b) ? -1 : 1);
  return sorted.filter((each, index) =>
    sorted.findIndex(({ xep, name }) => xep === each.xep && name === each.name) === index
  );
}

/** The page with the table of these features in its place. @throws {Error} when it has no place */
export function withTable(page: string, features: readonly Feature<unknown>[]): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error("the page has no place for the table");
  const table = tableOf(extensionsOf(features));
  return `${page.slice(0, from)}${BEGIN}\n\n${table}\n\n${page.slice(to)}`;
}

function tableOf(extensions: readonly Extension[]): string {
  const rows = [
    ["", "name", "version", "state"],
    ...extensions.map(({ xep, name, version, state, note }) => [
      linkOf(xep),
      name,
      version,
      note === undefined ? state : `${state}: ${note}`,
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length))
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const [head = [], ...body] = rows;
  return [line(head), rule, ...body.map(line)].join("\n");
}

function linkOf(xep: string): string {
  const rfc = /^RFC (\d+)$/.exec(xep);
  return rfc === null
    ? `[XEP-${xep}](https://xmpp.org/extensions/xep-${xep}.html)`
    : `[${xep}](https://www.rfc-editor.org/rfc/rfc${rfc[1]})`;
}

function order({ xep, name }: Extension): string {
  return `${xep.startsWith("RFC") ? 0 : 1} ${xep} ${name}`;
}
