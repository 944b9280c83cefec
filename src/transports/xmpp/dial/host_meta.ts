/**
 * Where a domain's WebSocket is, by its own HTTPS (XEP-0156): for networks that let nothing else
 * through. What is not encrypted is not taken from there.
 *
 * @module
 */
import { isWithinDepth } from "../../../message/json.ts";
import type { Target } from "./target.ts";

/** As the runtime's. */
export type Fetch = (url: string, init: { readonly signal: AbortSignal }) => Promise<Response>;

const RELATION = "urn:xmpp:alt-connections:websocket";
const BYTES_MOST = 64 * 1024;
const TARGETS_MOST = 4;

/** The WebSockets of a domain; empty when it names none, or does not answer. */
export async function webSocketTargets(
  domain: string,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<Target[]> {
  try {
    const url = `https://${domain}/.well-known/host-meta.json`;
    const response = await fetch(url, { signal });
    return linksOf(JSON.parse(await textOf(response)));
  } catch {
    // Whatever it is, it is no answer; what it says is nobody's business.
    signal.throwIfAborted();
    return [];
  }
}

/** The text of an answer, up to the bound. */
async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  for await (const chunk of response.ok && response.body !== null ? response.body : []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > BYTES_MOST) break;
  }
  return text;
}

function linksOf(answer: unknown): Target[] {
  if (!isWithinDepth(answer, 8)) return [];
  const { links } = answer as { readonly links?: unknown };
  if (!Array.isArray(links)) return [];
  return links
    .filter((link): link is { readonly href: string } =>
      typeof link === "object" && link !== null && link.rel === RELATION &&
      typeof link.href === "string"
    )
    .map(({ href }) => URL.parse(href))
    .filter((url) => url !== null && url.protocol === "wss:" && url.username === "")
    .slice(0, TARGETS_MOST)
    .map((url) => ({ service: url?.href ?? "" }));
}
