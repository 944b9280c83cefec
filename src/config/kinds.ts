/**
 * The kinds of values that settings and flags take.
 *
 * @module
 */
import { resolve } from "node:path";
import { type Kind, not, Refused } from "./kind.ts";
import { nearest } from "./names.ts";
import { parseBytes, parseDuration, printBytes, printDuration } from "./units.ts";

export { type Kind, Refused };

/** What text may be; the length is in characters. */
export interface TextRules {
  readonly placeholder: string;
  /** The noun phrase of {@linkcode Kind.wants}. */
  readonly wants: string;
  readonly pattern: RegExp;
}

/** Text that matches a pattern. */
export function text(rules: TextRules): Kind<string> {
  const { placeholder, wants, pattern } = rules;
  const parse = (value: string) => {
    if (!pattern.test(value)) throw not(value, wants);
    return value;
  };
  return {
    placeholder,
    wants,
    parse,
    accept(value) {
      if (typeof value !== "string") throw not(value, wants);
      return parse(value);
    },
    print: (value) => value,
    json: (value) => value,
  };
}

/** A whole number from `least` to `most`, both included. */
export function integer(least: number, most: number, placeholder = "N"): Kind<number> {
  const wants = `an integer from ${least} to ${most}`;
  const accept = (value: unknown) => {
    const fits = typeof value === "number" && Number.isInteger(value) && value >= least &&
      value <= most;
    if (!fits) throw not(value, wants);
    return value;
  };
  return {
    placeholder,
    wants,
    parse(written) {
      if (!/^-?\d{1,15}$/.test(written)) throw not(written, wants);
      return accept(Number(written));
    },
    accept,
    print: String,
    json: (value) => value,
  };
}

/** How a quantity with a unit is read and written. */
interface Quantity {
  readonly placeholder: string;
  readonly noun: string;
  readonly hint: string;
  read(text: string): number | undefined;
  print(value: number): string;
}

function quantity(of: Quantity, least: number, most: number): Kind<number> {
  const wants = `${of.noun} from ${of.print(least)} to ${of.print(most)}`;
  const parse = (written: string) => {
    const value = of.read(written);
    if (value === undefined) throw not(written, wants, of.hint);
    if (value < least || value > most) throw not(written, wants);
    return value;
  };
  return {
    placeholder: of.placeholder,
    wants,
    parse,
    accept(value) {
      if (typeof value === "number") return parse(String(value));
      if (typeof value !== "string") throw not(value, wants, of.hint);
      return parse(value);
    },
    print: (value) => of.print(value),
    json: (value) => of.print(value),
  };
}

/** A size; the value is in bytes, both bounds included. */
export function bytes(least: number, most: number): Kind<number> {
  return quantity(
    {
      placeholder: "SIZE",
      noun: "a size",
      hint: "Write a number and B, KiB, MiB or GiB, for example 8MiB.",
      read: parseBytes,
      print: printBytes,
    },
    least,
    most,
  );
}

/** A length of time; the value is in milliseconds, both bounds included. */
export function duration(least: number, most: number): Kind<number> {
  return quantity(
    {
      placeholder: "TIME",
      noun: "a time",
      hint: "Write a number and ms, s, m, h or d, for example 30m.",
      read: parseDuration,
      print: printDuration,
    },
    least,
    most,
  );
}

/** One of the listed words. */
export function choice<const T extends string>(...choices: readonly T[]): Kind<T> {
  const wants = `one of ${choices.join(", ")}`;
  const accept = (value: unknown) => {
    const found = choices.find((one) => one === value);
    if (found !== undefined) return found;
    const meant = typeof value === "string" ? nearest(value, choices) : undefined;
    throw not(value, wants, meant === undefined ? undefined : `Did you mean ${meant}?`);
  };
  return {
    placeholder: choices.join("|"),
    wants,
    choices,
    parse: accept,
    accept,
    print: (value) => value,
    json: (value) => value,
  };
}

const TRUE = ["true", "on", "yes", "1"];
const FALSE = ["false", "off", "no", "0"];

/** On or off: `--x` and `--no-x`, `true` and `false`. */
export function boolean(): Kind<boolean> {
  const wants = "true or false";
  return {
    placeholder: "",
    wants,
    choices: ["true", "false"],
    parse(written) {
      if (TRUE.includes(written.toLowerCase())) return true;
      if (FALSE.includes(written.toLowerCase())) return false;
      throw not(written, wants);
    },
    accept(value) {
      if (typeof value !== "boolean") throw not(value, wants);
      return value;
    },
    print: String,
    json: (value) => value,
  };
}

/** A file or folder; the value is an absolute path. */
export function path(completes: "file" | "folder"): Kind<string> {
  const wants = `the path of a ${completes}`;
  const parse = (written: string, base: string) => {
    if (written === "" || written.includes("\0")) throw not(written, wants);
    // A shell expands ~; here it would make a folder of that name.
    if (written === "~" || written.startsWith("~/")) {
      throw not(written, wants, "Write the home folder out; only a shell knows ~.");
    }
    return resolve(base, written);
  };
  return {
    placeholder: completes === "file" ? "FILE" : "DIR",
    wants,
    completes,
    parse,
    accept(value, base) {
      if (typeof value !== "string") throw not(value, wants);
      return parse(value, base);
    },
    print: (value) => value,
    json: (value) => value,
  };
}

/** Any number of `item`s: separated by commas in text, an array in the file. */
export function list<T>(item: Kind<T>): Kind<readonly T[]> {
  const wants = `a list, each ${item.wants}`;
  return {
    placeholder: `${item.placeholder},...`,
    wants,
    repeats: true,
    ...(item.choices === undefined ? {} : { choices: item.choices }),
    parse(written, base) {
      const parts = written.split(",").map((part) => part.trim()).filter((part) => part !== "");
      return parts.map((part) => item.parse(part, base));
    },
    accept(value, base) {
      if (!Array.isArray(value)) throw not(value, wants);
      return value.map((one) => item.accept(one, base));
    },
    print: (value) => value.map((one) => item.print(one)).join(","),
    json: (value) => value.map((one) => item.json(one)),
  };
}

/** `kind`, or the word `off`. */
export function orOff<T extends number>(kind: Kind<T>): Kind<T | "off"> {
  const either = (value: unknown, read: () => T): T | "off" => {
    if (value === "off") return "off";
    try {
      return read();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Refused(`${error.message}, or off`, error.hint);
    }
  };
  return {
    ...kind,
    placeholder: `${kind.placeholder}|off`,
    wants: `${kind.wants}, or off`,
    parse: (written, base) => either(written, () => kind.parse(written, base)),
    accept: (value, base) => either(value, () => kind.accept(value, base)),
    print: (value) => value === "off" ? value : kind.print(value),
    json: (value) => value === "off" ? value : kind.json(value),
  };
}
