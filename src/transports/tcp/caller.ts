import { type ProxyHeader, readProxyHeader } from "./proxy_header.ts";

/** What somebody who calls turns out to be, by the first bytes. */
export type Caller =
  /** Too few bytes to tell. */
  | { readonly kind: "unclear" }
  /** Length-prefixed frames; the first body tells original clients from native ones. */
  | { readonly kind: "frames" }
  | { readonly kind: "tls" }
  | { readonly kind: "lines" }
  | { readonly kind: "proxy"; readonly length: number; readonly source: string | undefined }
  /** A PROXY header that is broken, or whose sender may not use it. */
  | { readonly kind: "refused"; readonly reason: "broken" | "untrusted" };

/** What is possible at this point of the connection. */
export interface Stage {
  /** A PROXY header may still come, and whether its sender is believed. */
  readonly proxy: "trusted" | "untrusted" | "past";
  /** Not within TLS. */
  readonly tls: "possible" | "past";
}

/** The high byte of every length below 16 MiB. */
const FRAME = 0x00;
/** A TLS record of the handshake (RFC 8446 section 5.1). */
const TLS_HANDSHAKE = 0x16;

const UNCLEAR: Caller = { kind: "unclear" };

/** Tells callers apart. Whatever is nothing else is lines. */
export function recognise(bytes: Uint8Array, stage: Stage): Caller {
  const [first] = bytes;
  if (first === undefined) return UNCLEAR;
  if (first === FRAME) return { kind: "frames" };
  if (first === TLS_HANDSHAKE && stage.tls === "possible") return { kind: "tls" };
  if (stage.proxy === "past") return { kind: "lines" };
  return judge(readProxyHeader(bytes), stage.proxy);
}

function judge(header: ProxyHeader, sender: "trusted" | "untrusted"): Caller {
  switch (header.kind) {
    case "none":
      return { kind: "lines" };
    case "partial":
      // Also the line ends that somebody sends to be asked something.
      return UNCLEAR;
    case "broken":
      return { kind: "refused", reason: "broken" };
    case "complete":
      return sender === "trusted"
        ? { kind: "proxy", length: header.length, source: header.source }
        : { kind: "refused", reason: "untrusted" };
  }
}
