/**
 * What stands in one row of the screen: texts with styles.
 *
 * @module
 */
import { truncated, width } from "../../../../text.ts";

/** SGR parameters (ECMA-48 section 8.3.117) such as `1;31`; the empty text is the terminal's own. */
export type Style = string;

/** A text in one style. It has to be safe to show and to hold no line ends. */
export interface Span {
  readonly text: string;
  readonly style: Style;
}

/** See the module's description. A row that is shorter than the screen ends in spaces. */
export type Row = readonly Span[];

/** Both styles at once. */
export function styled(...styles: readonly Style[]): Style {
  return styles.filter((style) => style !== "").join(";");
}

/**
 * `style` on a ground. On a reversed one a colour would become the ground and weak text a stain:
 * what should stand out is bold there.
 */
export function over(ground: Style, style: Style): Style {
  if (!ground.split(";").includes("7")) return styled(ground, style);
  return style === "" || style === "2" ? ground : styled("1", ground);
}

/** Columns that a row takes. */
export function rowWidth(row: Row): number {
  return row.reduce((sum, { text }) => sum + width(text), 0);
}

/** A row of exactly `columns`: cut with an ellipsis, or filled with spaces in the style `fill`. */
export function fitted(row: Row, columns: number, fill: Style = ""): Row {
  const spans: Span[] = [];
  let room = columns;
  for (const span of row) {
    if (room <= 0) break;
    const text = truncated(span.text, room);
    spans.push(text === span.text ? span : { text, style: span.style });
    room -= width(text);
  }
  if (room > 0) spans.push({ text: " ".repeat(room), style: fill });
  return spans;
}

/** `left` and `right` at the two ends of a row of `columns`; the left one is cut first. */
export function spread(left: Row, right: Row, columns: number, fill: Style = ""): Row {
  const taken = Math.min(rowWidth(right), columns);
  const room = columns - taken;
  return [...fitted(left, room, fill), ...fitted(right, taken, fill)];
}
