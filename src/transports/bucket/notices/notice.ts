/**
 * A notice: some device has published a new head. It says where to look and nothing else, so a
 * forged or lost one costs a look or some seconds, never a message.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** See the module's description. */
export interface Notice {
  /** A device id. */
  readonly device: string;
  /** The version of its head. */
  readonly version: number;
}

/** Bytes of a notice. */
const LONGEST = 256;

/** The notice as it is sent. */
export function encodeNotice({ device, version }: Notice): string {
  return JSON.stringify({ device, version });
}

/** What was received, or undefined when it is no notice. */
export function decodeNotice(payload: Uint8Array): Notice | undefined {
  if (payload.length > LONGEST) return undefined;
  try {
    const { device, version } = JSON.parse(new TextDecoder().decode(payload)) as Partial<Notice>;
    const fits = typeof device === "string" && /^[a-z2-7]{16}$/.test(device) &&
      typeof version === "number" && Number.isSafeInteger(version) && version > 0;
    return fits ? { device, version } : undefined;
  } catch {
    // Anybody may write to a topic.
    return undefined;
  }
}

/**
 * The topic below which the devices of a bucket tell their heads, when none is set: the same for all
 * who name the bucket by the same URL, endpoint and region aside.
 */
export function topicOf(bucketUrl: string): string {
  const base = bucketUrl.split("?", 1)[0]?.replace(/\/+$/, "") ?? "";
  return `chatnode/${createHash("sha256").update(base).digest("hex").slice(0, 32)}`;
}
