/**
 * Where a value came from, for errors and for `chatnode config print`.
 *
 * @module
 */
import { relative } from "node:path";

/** The source of one value. Lines and columns count from 1. */
export type Origin =
  | { readonly from: "flag"; readonly name: string }
  | { readonly from: "environment"; readonly name: string }
  | {
    readonly from: "dotenv";
    readonly name: string;
    readonly path: string;
    readonly line: number;
  }
  | {
    readonly from: "file";
    readonly path: string;
    readonly line: number;
    readonly column: number;
  }
  | { readonly from: "default" };

/** `--port`, `CHATNODE_PORT`, `.env:3 (CHATNODE_PORT)`, `chatnode.jsonc:2:3`, `default`. */
export function describeOrigin(origin: Origin, cwd: string): string {
  switch (origin.from) {
    case "flag":
    case "environment":
      return origin.name;
    case "dotenv":
      return `${shortPath(origin.path, cwd)}:${origin.line} (${origin.name})`;
    case "file":
      return `${shortPath(origin.path, cwd)}:${origin.line}:${origin.column}`;
    case "default":
      return "default";
  }
}

/** A path as the reader would type it: relative when it lies within the working directory. */
export function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short.startsWith("..") ? path : short;
}
