/**
 * Bodies of requests, read and checked. Errors name the field, never what stands in it: it may be a
 * password.
 *
 * @module
 */
import type { AloneContext } from "./env.ts";
import { parseJson } from "./message.ts";

/** A body's keys; undefined when the body is no JSON object. */
export type Fields = Readonly<Record<string, unknown>> | undefined;

/** One fault of a body, in the form of the original's framework (FastAPI). */
export interface FieldFault {
  readonly type: "json_invalid" | "missing" | "string_type" | "string_too_long";
  readonly loc: readonly string[];
  readonly msg: string;
}

/**
 * Reads a JSON object.
 *
 * @throws {HTTPException} 413 or 400 when the body is too large or cut off
 */
export async function readFields(context: AloneContext): Promise<Fields> {
  const text = decodeUtf8(await context.env.body());
  const value = text === undefined ? undefined : parseJson(text);
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  return isObject ? value as Fields : undefined;
}

/** The texts of the named fields, or what is wrong with the first that is not one. */
export function requireTexts<const Name extends string>(
  fields: Fields,
  ...names: readonly Name[]
): { readonly texts: Readonly<Record<Name, string>> } | { readonly faults: readonly FieldFault[] } {
  if (fields === undefined) {
    return { faults: [{ type: "json_invalid", loc: ["body"], msg: "Not a JSON object" }] };
  }
  const faults = names.flatMap((name): FieldFault[] => {
    const loc = ["body", name];
    if (fields[name] === undefined) return [{ type: "missing", loc, msg: "Field required" }];
    if (typeof fields[name] === "string") return [];
    return [{ type: "string_type", loc, msg: "Input should be a valid string" }];
  });
  return faults.length > 0 ? { faults } : { texts: fields as Readonly<Record<Name, string>> };
}

/** Text of strict UTF-8; undefined for what is none. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
