/**
 * Keys as every store takes them, and the base that they lie below.
 *
 * @module
 */
import { compareCodePoints } from "../../../message/code_points.ts";
import { visible } from "../../../text.ts";
import { KEY_BYTES } from "./contract.ts";
import { BucketError } from "./errors.ts";

const utf8 = new TextEncoder();
// deno-lint-ignore no-control-regex -- no key holds one
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** The order of listings: by the bytes of UTF-8, which is that of the code points. */
export const compareKeys: (a: string, b: string) => number = compareCodePoints;

/** `key` for an error's sentence: on one line, and not endless. */
export function shownKey(key: string): string {
  return visible(key.length > 200 ? `${key.slice(0, 200)}...` : key);
}

/** The prefix of a URL that all keys of a bucket lie below. */
export class KeyBase {
  /** Empty, or parts each with its trailing `/`. */
  readonly prefix: string;

  /**
   * @param base with or without `/` at its ends
   * @throws {BucketError} `bucket/key`
   */
  constructor(base: string) {
    const trimmed = base.replace(/^\/+|\/+$/g, "");
    if (trimmed !== "") check(trimmed, trimmed, 0);
    this.prefix = trimmed === "" ? "" : `${trimmed}/`;
  }

  /** The store's own name of `key`. @throws {BucketError} `bucket/key` */
  full(key: string): string {
    check(key, key, utf8.encode(this.prefix).length);
    return this.prefix + key;
  }

  /**
   * The store's own form of a listing's prefix or `startAfter`, which need not be a whole key.
   *
   * @throws {BucketError} `bucket/key`
   */
  fullPrefix(prefix: string): string {
    if (prefix !== "") {
      // A last part of dots may be the beginning of a sound one.
      const whole = prefix.endsWith("/")
        ? prefix.slice(0, -1)
        : prefix.replace(/(^|\/)\.{1,2}$/, "$1-");
      check(whole, prefix, utf8.encode(this.prefix).length);
    }
    return this.prefix + prefix;
  }

  /** The key that the store's name stands for; undefined when it lies elsewhere or is none. */
  relative(full: string): string | undefined {
    if (!full.startsWith(this.prefix)) return undefined;
    const key = full.slice(this.prefix.length);
    return faultOf(key.replace(/\/$/, "")) === undefined ? key : undefined;
  }
}

function check(key: string, shown: string, baseBytes: number): void {
  const fault = faultOf(key) ??
    (utf8.encode(key).length + baseBytes > KEY_BYTES
      ? `it is longer than ${KEY_BYTES} bytes`
      : undefined);
  if (fault !== undefined) {
    throw new BucketError("bucket/key", `Cannot use the key ${shownKey(shown)}: ${fault}`);
  }
}

function faultOf(key: string): string | undefined {
  if (key === "") return "it is empty";
  if (!key.isWellFormed()) return "it is not well-formed Unicode";
  if (CONTROL.test(key)) return "it holds a control character";
  const parts = key.split("/");
  if (parts.includes("")) return "a part of it is empty";
  if (parts.includes(".") || parts.includes("..")) return "a part of it is . or ..";
  return undefined;
}
