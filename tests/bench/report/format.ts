/**
 * Figures as people read them.
 *
 * @module
 */
import type { Cell, Figure, Target, Unit } from "../contract.ts";

/** One value in its unit, at a length that holds what matters. */
export function format(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return "-";
  switch (unit) {
    case "share":
      return `${Math.round(value * 100)} %`;
    case "times":
      return value.toFixed(2);
    case "count":
      return grouped(value);
    case "per second":
      return value >= 1e6
        ? `${(value / 1e6).toFixed(2)} M`
        : value >= 1e4
        ? `${grouped(value / 1e3)} k`
        : grouped(value);
    case "milliseconds":
    case "microseconds":
    case "seconds":
    case "megabytes":
    case "kilobytes":
      return value >= 100 ? grouped(value) : value.toFixed(value >= 10 ? 1 : 2);
  }
}

/** A cell: text as it is, a figure with its range when there is one. */
export function formatCell(cell: Cell): string {
  return typeof cell === "string" ? cell : formatFigure(cell);
}

function formatFigure({ spread: { median, low, high, count }, unit, brief }: Figure): string {
  const middle = format(median, unit);
  return count < 2 || brief === true
    ? middle
    : `${middle} (${format(low, unit)} .. ${format(high, unit)})`;
}

/** Whether a target was met, as a word. */
export function verdict({ bound, wanted, measured }: Target): "met" | "missed" {
  return (bound === "at least" ? measured >= wanted : measured <= wanted) ? "met" : "missed";
}

/** The cells of one target: what, wanted, measured, met or missed. */
export function targetRow(target: Target): string[] {
  const { what, bound, wanted, measured, unit } = target;
  return [
    what,
    `${bound} ${format(wanted, unit)}${suffix(unit)}`,
    format(measured, unit) + suffix(unit),
    verdict(target),
  ];
}

function suffix(unit: Unit): string {
  const suffixes: Partial<Record<Unit, string>> = {
    milliseconds: " ms",
    microseconds: " us",
    seconds: " s",
    megabytes: " MB",
    kilobytes: " KB",
    "per second": "/s",
    times: " times",
  };
  return suffixes[unit] ?? "";
}

function grouped(value: number): string {
  return Math.round(value).toLocaleString("en");
}
