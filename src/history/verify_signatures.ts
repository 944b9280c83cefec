/**
 * Whether lines are signed by the devices that say they made them.
 *
 * @module
 */
import type { ChatEvent } from "../message/event.ts";
import type { EventLine } from "../message/line.ts";
import { VerifyingKey } from "../message/signature.ts";
import { verifyEvent } from "../message/verify.ts";
import type { VerifyReport } from "./verify_report.ts";

/** Where a line stands. */
export interface LineAt {
  readonly file: string;
  readonly line: number;
}

/** Public keys by device id, made usable once each. */
export class KnownKeys {
  readonly #encoded: ReadonlyMap<string, string>;
  readonly #keys = new Map<string, VerifyingKey>();

  /** @param encoded base64 by device id */
  constructor(encoded: ReadonlyMap<string, string>) {
    this.#encoded = encoded;
  }

  /** The key of the device that says it made the event, undefined when it is not known. */
  of(event: ChatEvent): VerifyingKey | undefined {
    const device = event.content.chatnode?.device;
    const encoded = device === undefined ? undefined : this.#encoded.get(device);
    if (device === undefined || encoded === undefined) return undefined;
    const key = this.#keys.get(device) ?? new VerifyingKey(encoded);
    this.#keys.set(device, key);
    return key;
  }
}

/** Checks the signature of one line and counts it in the report. */
export function verifySignature(
  line: EventLine,
  at: LineAt,
  { keys, report }: { readonly keys: KnownKeys; readonly report: VerifyReport },
): void {
  const key = keys.of(line.event);
  if (key === undefined) {
    report.unknownSigner++;
    return;
  }
  const signature = verifyEvent(line, key);
  if (signature === "valid") {
    report.verified++;
    return;
  }
  const state = signature === "invalid"
    ? "the signature does not fit the line"
    : "the line has no signature";
  report.add({ ...at, code: "verify/signature", state });
}
