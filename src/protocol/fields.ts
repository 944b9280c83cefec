/**
 * Reads the fields of a client's frame, each with its bounds. Unknown fields are nobody's business.
 *
 * @module
 */
import type { JsonObject } from "../message/event.ts";
import { ProtocolError } from "./errors.ts";

/** A JSON object of a client, with the `ref` for its errors. */
export class Fields {
  readonly #object: Readonly<Record<string, unknown>>;
  readonly #ref: string | undefined;

  constructor(object: object, ref: string | undefined) {
    this.#object = object as Readonly<Record<string, unknown>>;
    this.#ref = ref;
  }

  /** Whether the field is there; null counts as absent. */
  has(key: string): boolean {
    return this.#object[key] !== undefined && this.#object[key] !== null;
  }

  /** A string of 1 to `most` UTF-16 units. @throws {ProtocolError} `protocol/field` */
  text(key: string, most: number): string {
    const value = this.#object[key];
    if (typeof value === "string" && value !== "" && value.length <= most) return value;
    throw this.fault(key, `a string of 1 to ${most} characters`);
  }

  /** As {@linkcode Fields.text}, or undefined when the field is absent. */
  optionalText(key: string, most: number): string | undefined {
    return this.has(key) ? this.text(key, most) : undefined;
  }

  /** An integer within bounds. @throws {ProtocolError} `protocol/field` */
  integer(key: string, least: number, most: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.#object[key];
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) {
      return Number(value);
    }
    throw this.fault(key, `an integer from ${least} to ${most}`);
  }

  /** As {@linkcode Fields.integer}, or undefined when the field is absent. */
  optionalInteger(key: string, least: number, most?: number): number | undefined {
    return this.has(key) ? this.integer(key, least, most) : undefined;
  }

  /** @throws {ProtocolError} `protocol/field` */
  flag(key: string): boolean {
    const value = this.#object[key];
    if (typeof value === "boolean") return value;
    throw this.fault(key, "true or false");
  }

  /** One of some words. @throws {ProtocolError} `protocol/field` */
  word<Word extends string>(key: string, words: readonly Word[]): Word {
    const found = words.find((word) => word === this.#object[key]);
    if (found !== undefined) return found;
    throw this.fault(key, `one of ${words.join(", ")}`);
  }

  /** An object, whatever it holds. @throws {ProtocolError} `protocol/field` */
  object(key: string): JsonObject {
    const value = this.#object[key];
    if (isObject(value)) return value as JsonObject;
    throw this.fault(key, "an object");
  }

  /** A field's object, to be read in its turn. @throws {ProtocolError} `protocol/field` */
  fields(key: string): Fields {
    return new Fields(this.object(key), this.#ref);
  }

  /** An array of objects. @throws {ProtocolError} `protocol/field` */
  list(key: string, most: number): readonly Fields[] {
    const value = this.#object[key];
    if (Array.isArray(value) && value.length <= most && value.every(isObject)) {
      return value.map((one) => new Fields(one, this.#ref));
    }
    throw this.fault(key, `an array of at most ${most} objects`);
  }

  /** The error for a field that is not `wanted`. Never quotes what it is instead. */
  fault(key: string, wanted: string): ProtocolError {
    return new ProtocolError(
      "protocol/field",
      `Cannot read the frame: ${key} has to be ${wanted}`,
      this.#ref,
    );
  }
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
