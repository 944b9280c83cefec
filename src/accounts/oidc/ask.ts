/**
 * Requests to a provider: one answer each, bounded in time, size and depth. Redirects are not
 * followed: what a provider publishes are final addresses, and a redirect could lead anywhere.
 *
 * @module
 */
import { plainObject, readJsonObject } from "../../message/json.ts";
import type { JsonObject } from "../../message/event.ts";
import { usableAddress } from "./addresses.ts";
import { OidcError, type Tools } from "./contract.ts";

/** From the first byte sent to the last one read, milliseconds. */
export const ANSWER_DEADLINE_MS = 10_000;
/** Bytes of an answer. */
export const MAX_ANSWER_BYTES = 256 * 1024;
/** Nesting of an answer's JSON. */
const MAX_DEPTH = 16;

/** What to ask. */
export interface Question {
  /** What it is for, as errors name it: `the keys of the provider`. */
  readonly what: string;
  readonly url: string;
  /** Sent with POST as a form; without one it is a GET. */
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** An answer with a JSON object, or with nothing that could be read as one. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject | undefined;
  /** The answer in words, as the end of a sentence that tells of what it was not. */
  readonly state: string;
}

/**
 * Asks once.
 *
 * @throws {OidcError} `oidc/unreachable`, `oidc/answer`
 * @throws the signal's reason when it aborts
 */
export async function ask(tools: Tools, question: Question): Promise<Answer> {
  const { what, url, form, headers, signal } = question;
  if (usableAddress(url) === undefined) throw wrong(what, "its address is not https");
  const ending = new AbortController();
  const end = (reason: unknown) => ending.abort(reason);
  const timer = tools.clock.after(ANSWER_DEADLINE_MS, () => end(late(what)));
  const stop = () => end(signal?.reason);
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted === true) stop();
  // The deadline has to hold whatever fetch makes of its signal; rejections are always heard.
  const ended = new Promise<never>((_, reject) => {
    ending.signal.addEventListener("abort", () => reject(ending.signal.reason), { once: true });
    if (ending.signal.aborted) reject(ending.signal.reason);
  });
  ended.catch(() => {});
  try {
    const request: RequestInit = {
      redirect: "manual",
      signal: ending.signal,
      headers: { Accept: "application/json", ...headers },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    };
    return await Promise.race([answered(tools, question, request), ended]);
  } catch (error) {
    if (ending.signal.aborted) throw ending.signal.reason;
    throw error;
  } finally {
    timer.cancel();
    signal?.removeEventListener("abort", stop);
    // Ends what is still being read of an answer that was refused.
    end(undefined);
  }
}

async function answered(
  { fetch }: Tools,
  { what, url }: Question,
  request: RequestInit,
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(url, request);
  } catch (cause) {
    throw new OidcError("oidc/unreachable", `Cannot get ${what}: no connection to its host`, {
      hint: "Check the address, the network and the proxy settings.",
      cause,
    });
  }
  const { status } = response;
  if (status >= 300 && status < 400) throw wrong(what, "it is a redirect");
  const text = await readText(response, what);
  const isJson = /[/+]json\b/i.test(response.headers.get("content-type") ?? "");
  const body = isJson ? tryParse(text) : undefined;
  const read = isJson ? "no JSON object, or one nested too deep" : "no JSON";
  const state = body === undefined && status === 200 ? `the answer is ${read}` : `HTTP ${status}`;
  return { status, body, state };
}

async function readText(response: Response, what: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += chunk.length;
      if (size > MAX_ANSWER_BYTES) throw wrong(what, `it has more than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof OidcError) throw cause;
    throw new OidcError("oidc/unreachable", `Cannot get ${what}: the connection broke`, { cause });
  }
  return new TextDecoder().decode(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

function tryParse(text: string): JsonObject | undefined {
  try {
    return plainObject(readJsonObject(text, { depth: MAX_DEPTH, length: MAX_ANSWER_BYTES }));
  } catch {
    return undefined;
  }
}

function late(what: string): OidcError {
  return new OidcError(
    "oidc/unreachable",
    `Cannot get ${what}: no answer within ${ANSWER_DEADLINE_MS / 1000} s`,
  );
}

function wrong(what: string, state: string): OidcError {
  return new OidcError("oidc/answer", `Cannot use ${what}: ${state}`);
}
