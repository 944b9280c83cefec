/**
 * Where `chatnode client` connects to.
 *
 * @module
 */
import { isIP } from "node:net";
import { UsageError } from "../errors.ts";
import { parseTcpAddress, type TcpTarget } from "../transports/tcp/client/socket.ts";
import type { XmppAccount, XmppSecrets } from "./xmpp/account.ts";

/** An address taken apart. */
export type ClientAddress =
  & { readonly hostname: string; readonly encrypted: boolean }
  & (
    | { readonly kind: "tcp"; readonly target: TcpTarget }
    /** `http` is where the same server answers HTTP. */
    | { readonly kind: "websocket"; readonly url: URL; readonly http: URL }
    | BucketAddress
    | { readonly kind: "xmpp"; readonly account: XmppAccount; readonly secrets: XmppSecrets }
  );

/** A bucket, and the room in it when the address names one. */
export interface BucketAddress {
  readonly kind: "bucket";
  /** As the setting `bucket` takes it. */
  readonly bucket: string;
  readonly room: string | undefined;
}

/** Whether an address is that of an XMPP account, which `xmpp/prepare.ts` reads. */
export function isXmppAddress(text: string): boolean {
  return text.startsWith("xmpp:");
}

/**
 * Reads `tcp://`, `tls://`, `ws://`, `wss://` and `bucket:` addresses.
 *
 * @throws {UsageError} `client/address`, `tcp/address`
 */
export function readAddress(text: string): ClientAddress {
  if (/^(?:tcp|tls):/.test(text)) {
    const target = parseTcpAddress(text);
    const encrypted = target.tls !== undefined;
    return { kind: "tcp", target, hostname: target.hostname, encrypted };
  }
  if (text.startsWith("bucket:")) return readBucket(text.slice("bucket:".length));
  const url = /^wss?:\/\//.test(text) ? URL.parse(text) : null;
  if (url === null || url.hostname === "") {
    throw wrong("it is none of tcp://, tls://, ws://, wss:// with a host, bucket: and xmpp:");
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw wrong("it holds more than a host, a port and a path", {
      hint: "A token comes from CHATNODE_TOKEN or --token-file, a password is asked for.",
    });
  }
  const encrypted = url.protocol === "wss:";
  const http = new URL(url);
  http.protocol = encrypted ? "https:" : "http:";
  if (!http.pathname.endsWith("/")) http.pathname += "/";
  return { kind: "websocket", url, http, hostname: url.hostname, encrypted };
}

/** `s3://bucket/prefix?room=general&region=x`: the room is ours, the rest the store's. */
function readBucket(text: string): ClientAddress {
  const mark = text.indexOf("?");
  const base = mark < 0 ? text : text.slice(0, mark);
  const search = new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1));
  if (base === "") throw wrong("it names no bucket");
  const room = search.get("room") ?? undefined;
  search.delete("room");
  const bucket = search.size === 0 ? base : `${base}?${search}`;
  return { kind: "bucket", bucket, room, hostname: base, encrypted: true };
}

/** Whether what is sent there leaves this machine. */
export function isLocal(hostname: string): boolean {
  const bare = hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (bare === "localhost" || bare.endsWith(".localhost") || bare === "::1") return true;
  return isIP(bare) === 4 && bare.startsWith("127.");
}

function wrong(state: string, options: { readonly hint?: string } = {}): UsageError {
  return new UsageError("client/address", `Cannot use the address: ${state}`, options);
}
