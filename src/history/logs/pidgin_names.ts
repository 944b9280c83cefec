/**
 * Names in Pidgin's logs: aliases that people gave, addresses with or without resource.
 *
 * @module
 */
import type { Speaker } from "./contract.ts";

/** Who a name is, as far as it says by itself. */
export function speakerNamed(name: string, account: string | undefined): Speaker {
  const bare = name.includes("@") ? name.split("/", 1)[0] ?? name : name;
  return bare === account ? { kind: "self" } : { kind: "named", name: bare };
}

/** Undoes the escapes of Pidgin's folder and file names; undefined when they are no UTF-8. */
export function decodePidginName(name: string): string | undefined {
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
