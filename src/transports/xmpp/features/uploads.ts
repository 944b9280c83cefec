/**
 * Files: up over HTTP (XEP-0363), told of with a message (XEP-0066), and down again.
 *
 * @module
 */
import { ChatnodeError } from "../../../errors.ts";
import { XmppError } from "../errors.ts";
import { childText, type Element, xml } from "../xml.ts";
import { disco } from "./disco.ts";
import { feature, type FeaturePort } from "./feature.ts";
import type { HttpPut, PutBody } from "../https_put.ts";
import { formValue, readForm } from "./form.ts";
import type { Message } from "./messages.ts";

/** As the runtime's. */
export type HttpFetch = (url: string, init: RequestInit) => Promise<Response>;

/** What goes up. */
export interface UploadFile {
  /** The last part of its path; other people see it. */
  readonly name: string;
  /** As `image/png`. */
  readonly type: string;
  readonly body: PutBody;
}

/** How a file goes up. */
export interface UploadOptions {
  readonly put: HttpPut;
  readonly signal?: AbortSignal;
  /** Is told how many bytes went out. */
  progress?(bytes: number): void;
}

/** Where a file may go. */
export interface UploadSlot {
  readonly put: URL;
  readonly get: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** Bounds of a download. */
export interface TransferOptions {
  readonly fetch: HttpFetch;
  readonly signal?: AbortSignal;
  /** Bytes; 100 MiB unless given. */
  readonly most?: number;
}

/** What one does with files. */
export interface Uploads {
  /** Whether the server takes files at all; asked once a connection. */
  isOffered(): Promise<boolean>;
  /** What the server takes, bytes; undefined when it does not say. @throws as {@linkcode upload} */
  sizeMost(): Promise<number | undefined>;
  /**
   * Puts a file where everybody who has its address can get it.
   *
   * @throws {XmppError} `xmpp/unsupported` when the server takes no files, or none so large;
   *   `xmpp/insecure` when it names an address without TLS; `xmpp/unreachable`; `xmpp/timeout`
   * @throws what reading the file throws; the signal's reason
   * @returns the address
   */
  upload(file: UploadFile, options: UploadOptions): Promise<URL>;
}

const NS = "urn:xmpp:http:upload:0";
const OOB = "jabber:x:oob";
const NAME_MOST = 200;
const URL_MOST = 4_096;
const DOWNLOAD_MOST = 100 * 1024 * 1024;
/** A slot's headers that a server may ask for (XEP-0363, 5): no others, and no line breaks. */
const HEADERS: ReadonlySet<string> = new Set(["authorization", "cookie", "expires"]);
const REDIRECTS_MOST = 3;
/** A download is given up after so long, milliseconds. */
const TRANSFER_MS = 10 * 60_000;
/** An upload is given up when the connection takes nothing for so long, milliseconds. */
const STALLED_MS = 2 * 60_000;

/** See the module's description. */
export const uploads = feature<Uploads>({
  extensions: [
    {
      xep: "0066",
      name: "Out of Band Data",
      version: "1.5",
      state: "partial",
      note: "in messages",
    },
    { xep: "0363", name: "HTTP File Upload", version: "1.1.0", state: "complete" },
  ],
  disco: [OOB],
  start: (port) => new Uploading(port),
});

class Uploading implements Uploads {
  readonly #port: FeaturePort;

  constructor(port: FeaturePort) {
    this.#port = port;
  }

  async isOffered(): Promise<boolean> {
    return await this.#port.use(disco).service(NS) !== undefined;
  }

  async sizeMost(): Promise<number | undefined> {
    const { forms } = await this.#port.use(disco).info(await this.#service());
    const texts = forms.map((form) => formValue(readForm(xml("x", null, form)), "max-file-size"));
    const text = texts.find((each) => each !== undefined) ?? "";
    return /^[0-9]{1,15}$/.test(text) ? Number(text) : undefined;
  }

  async upload({ name, type, body }: UploadFile, options: UploadOptions): Promise<URL> {
    const most = await this.sizeMost();
    if (most !== undefined && body.size > most) {
      throw new XmppError("xmpp/unsupported", `Cannot upload: the server takes ${most} bytes`);
    }
    const slot = await this.#slot(fileName(name), type, body.size);
    const headers = { ...slot.headers, "content-type": type };
    const status = await this.#put(slot.put, body, headers, options);
    if (status < 200 || status > 299) throw unreachable(`the answer is ${status}`);
    return slot.get;
  }

  /** Nobody else gets the file or the headers: no redirection is followed. */
  async #put(
    url: URL,
    body: PutBody,
    headers: Readonly<Record<string, string>>,
    { put, signal, progress }: UploadOptions,
  ): Promise<number> {
    const { clock } = this.#port;
    const stalled = new AbortController();
    const giveUp = () => stalled.abort(unreachable("nothing of it was taken for too long"));
    let timer = clock.after(STALLED_MS, giveUp);
    const all = signal === undefined ? [stalled.signal] : [signal, stalled.signal];
    try {
      return await reached(signal, () =>
        put(url, body, {
          headers,
          signal: AbortSignal.any(all),
          progress(bytes) {
            timer.cancel();
            timer = clock.after(STALLED_MS, giveUp);
            progress?.(bytes);
          },
        }));
    } finally {
      timer.cancel();
    }
  }

  async #service(): Promise<string> {
    const service = await this.#port.use(disco).service(NS);
    if (service !== undefined) return service;
    throw new XmppError("xmpp/unsupported", "Cannot upload: the server takes no files");
  }

  async #slot(filename: string, type: string, size: number): Promise<UploadSlot> {
    const asked = xml("request", { xmlns: NS, filename, size, "content-type": type });
    const answer = await this.#port.request("get", asked, { to: await this.#service() });
    const slot = answer.getChild("slot", NS);
    const put = slot?.getChild("put");
    const headers = (put?.getChildren("header") ?? []).flatMap((header) => readHeader(header));
    return {
      put: secured(put?.attrs["url"]),
      get: secured(slot?.getChild("get")?.attrs["url"]),
      headers: Object.fromEntries(headers),
    };
  }
}

/** What tells of a file in a message: goes into `extra`, with the address as the body. */
export function fileElement(url: URL): Element {
  return xml("x", OOB, xml("url", null, url.href));
}

/** The file that a message is; undefined when it is none. Nothing is fetched by itself. */
export function readFile({ stanza, body }: Message): URL | undefined {
  const said = stanza.getChild("x", OOB);
  const text = said === undefined ? undefined : childText(said, "url");
  // A file is the whole message; with other words it is a message with an address in it.
  if (text === undefined || text.length > URL_MOST || text !== body?.trim()) return undefined;
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.username === "" ? url : undefined;
}

/**
 * Gets a file: over TLS all the way, and no more than `most` bytes.
 *
 * @throws {XmppError} `xmpp/insecure`, `xmpp/unreachable`, `xmpp/protocol` when it is too large
 */
export async function download(
  url: URL,
  { fetch, signal, most = DOWNLOAD_MOST }: TransferOptions,
): Promise<{ readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string | undefined }> {
  let at = secured(url.href);
  for (let redirects = 0; redirects <= REDIRECTS_MOST; redirects += 1) {
    const response = await reached(
      signal,
      () => fetch(at.href, { redirect: "manual", signal: limited(signal) }),
    );
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      at = secured(URL.parse(location, at)?.href);
      continue;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw unreachable(`the answer is ${response.status}`);
    }
    const bytes = await reached(signal, () => bounded(response, most));
    return { bytes, type: response.headers.get("content-type") ?? undefined };
  }
  throw unreachable("it is sent from one place to the next");
}

async function bounded(response: Response, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const isTooMuch = Number(response.headers.get("content-length") ?? "0") > most;
  if (isTooMuch) await response.body?.cancel();
  for await (const chunk of isTooMuch || response.body === null ? [] : response.body) {
    size += chunk.length;
    if (size > most) break;
    chunks.push(chunk);
  }
  if (isTooMuch || size > most) {
    throw new XmppError("xmpp/protocol", `Cannot get the file: it is over ${most} bytes`);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}

/** The address, if nobody on the way could read or change what goes over it. */
function secured(text: string | undefined): URL {
  const url = text === undefined || text.length > URL_MOST ? null : URL.parse(text);
  if (url?.protocol === "https:" && url.username === "") return url;
  throw new XmppError("xmpp/insecure", "Cannot transfer the file: the address is not https://");
}

function readHeader(header: Element): [string, string][] {
  const name = header.attrs["name"]?.toLowerCase() ?? "";
  const value = header.text().replace(/[\r\n]/g, "").trim();
  return HEADERS.has(name) && value.length <= URL_MOST ? [[name, value]] : [];
}

/** Nothing of the path, and nothing that hides how a name ends. */
function fileName(name: string): string {
  const last = name.split(/[/\\]/).at(-1) ?? "";
  const plain = last.replace(/\p{C}/gu, "").slice(-NAME_MOST);
  return plain === "" || /^\.+$/.test(plain) ? "file" : plain;
}

function limited(signal: AbortSignal | undefined): AbortSignal {
  const deadline = AbortSignal.timeout(TRANSFER_MS);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}

async function reached<T>(
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  try {
    return await attempt();
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ChatnodeError) throw cause;
    throw unreachable("the connection cannot be made, or broke", cause);
  }
}

function unreachable(state: string, cause?: unknown): XmppError {
  return new XmppError("xmpp/unreachable", `Cannot transfer the file: ${state}`, { cause });
}
