/**
 * How the interface looks: the terminal's own colours and few besides, right on dark and on light
 * ground and without any colour at all.
 *
 * @module
 */
import { colourOf, cubeIndex } from "./name_colour.ts";
import { type Style, styled } from "./row.ts";

/** How many colours the terminal has. */
export type ColourDepth = "none" | "palette" | "full";
/** What the terminal's text stands on. */
export type Ground = "dark" | "light" | "unknown";

/** Styles by what they are for. */
export interface Theme {
  /** Rows that frame the screen. */
  readonly bar: Style;
  /** Weak text on such a row. */
  readonly barDim: Style;
  readonly dim: Style;
  readonly bold: Style;
  /** The conversation that is looked at, the item that is chosen. */
  readonly chosen: Style;
  /** Something waits for this person. */
  readonly called: Style;
  readonly good: Style;
  readonly warn: Style;
  readonly link: Style;
  /** Words that were searched for. */
  readonly found: Style;
  name(name: string): Style;
}

/** Lightness of names: enough contrast on either ground, by WCAG at least 4.5 : 1. */
const LIGHTNESS: Readonly<Record<Ground, number>> = { dark: 72, light: 42, unknown: 56 };
/** Names whose colours are kept. */
const NAMES_MOST = 2_000;

const NONE: Omit<Theme, "name"> = {
  ...{ bar: "7", barDim: "7", dim: "2", bold: "1", chosen: "7", called: "1;7" },
  ...{ good: "", warn: "1", link: "4", found: "7" },
};

/** The theme for a terminal. */
export function themeFor(depth: ColourDepth, ground: Ground): Theme {
  if (depth === "none") return { ...NONE, name: () => "1" };
  const colours = new Map<string, Style>();
  return {
    ...barsOn(ground),
    ...{ dim: "2", bold: "1", called: "1;35", good: "32", warn: "33", link: "4", found: "1;7" },
    name(name) {
      const known = colours.get(name);
      if (known !== undefined) return known;
      if (colours.size >= NAMES_MOST) colours.clear();
      const style = nameStyle(name, depth, LIGHTNESS[ground]);
      colours.set(name, style);
      return style;
    },
  };
}

function barsOn(ground: Ground): Pick<Theme, "bar" | "barDim" | "chosen"> {
  if (ground === "unknown") return { bar: "7", barDim: "7", chosen: "7" };
  const [back, weak, chosen] = ground === "dark" ? [236, 246, 238] : [254, 242, 252];
  return {
    bar: `48;5;${back}`,
    barDim: styled(`48;5;${back}`, `38;5;${weak}`),
    chosen: styled("1", `48;5;${chosen}`),
  };
}

function nameStyle(name: string, depth: "palette" | "full", lightness: number): Style {
  const colour = colourOf(name, lightness);
  if (depth === "palette") return `38;5;${cubeIndex(colour)}`;
  return `38;2;${colour.map((part) => Math.round(part * 255)).join(";")}`;
}

/**
 * How many colours there are, by the variables that programs agree on: `NO_COLOR` (no-color.org),
 * `COLORTERM` and `TERM`.
 */
export function depthOf(environment: Readonly<Record<string, string>>): ColourDepth {
  if ((environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb") return "none";
  return /truecolor|24bit/.test(environment["COLORTERM"] ?? "") ? "full" : "palette";
}

/** The ground by `COLORFGBG`, as rxvt and its heirs set it: `15;0` is white on black. */
export function groundOf(environment: Readonly<Record<string, string>>): Ground {
  const back = /;(\d+)$/.exec(environment["COLORFGBG"] ?? "")?.[1];
  if (back === undefined) return "unknown";
  return Number(back) === 7 || Number(back) > 8 ? "light" : "dark";
}

/** The ground by the terminal's answer to {@linkcode ASK_GROUND}; undefined for another answer. */
export function groundIn(answer: string): Ground | undefined {
  const parts = /^11;rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})/i.exec(answer);
  if (parts === null) return undefined;
  const [red, green, blue] = parts.slice(1).map((hex) =>
    Number.parseInt(hex, 16) / (16 ** hex.length - 1)
  );
  const luma = 0.299 * (red ?? 0) + 0.587 * (green ?? 0) + 0.114 * (blue ?? 0);
  return luma > 0.5 ? "light" : "dark";
}

/** Asks the terminal for its background (xterm's OSC 11); those that do not know it stay silent. */
export const ASK_GROUND = "\x1b]11;?\x1b\\";
