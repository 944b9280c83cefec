/**
 * Results for a terminal.
 *
 * @module
 */
import type { Table } from "../contract.ts";
import { formatCell, targetRow } from "./format.ts";

/** One table, its targets below it. */
export function tableText({ title, columns, rows, targets }: Table): string {
  const cells = [columns, ...rows.map((row) => row.map(formatCell))];
  const parts = [title, "", ...aligned(cells, "right")];
  if (targets.length > 0) parts.push("", ...aligned(targets.map(targetRow), "left"));
  return `${parts.join("\n")}\n`;
}

/** Columns of equal width; the first one is always left. */
function aligned(rows: readonly (readonly string[])[], side: "left" | "right"): string[] {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows.map((row) =>
    row.map((cell, column) =>
      side === "right" && column > 0 ? cell.padStart(width(column)) : cell.padEnd(width(column))
    ).join("  ").trimEnd()
  );
}
