/**
 * Gets a token for a name and a password, over HTTP.
 *
 * @module
 */
import { ChatnodeError } from "../errors.ts";
import { ClientError } from "../protocol/client/errors.ts";

/** Whose token, and from where. */
export interface Login {
  /** The server's HTTP address, with a slash at its end. */
  readonly http: URL;
  readonly name: string;
  readonly password: string;
  /** Trusts other certificates than usual. */
  readonly client: Deno.HttpClient | undefined;
}

const ANSWER_MOST = 64 * 1024;
const PATIENCE_MS = 15_000;

/**
 * Asks the server for a token.
 *
 * @throws {ChatnodeError} `client/login` when it refuses
 * @throws {ClientError} `client/unreachable`
 */
export async function login({ http, name, password, client }: Login): Promise<string> {
  const url = new URL("api/login", http);
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username: name, password }),
      // A redirect could lead the password elsewhere.
      redirect: "error",
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(client === undefined ? {} : { client }),
    });
    text = await bounded(response);
  } catch (cause) {
    throw new ClientError(
      "client/unreachable",
      `Cannot connect to ${http.host}: ${stateOf(cause)}`,
      {
        cause,
      },
    );
  }
  const answer = objectOf(text);
  const { token, message } = answer;
  if (typeof token === "string" && token !== "") return token;
  const said = typeof message === "string" && message !== "" ? message.slice(0, 300) : undefined;
  throw new ChatnodeError(
    "client/login",
    `Cannot log in: ${said ?? `the server answered with ${response.status}`}`,
    said === undefined ? { hint: "Is there a chatnode at this address?" } : {},
  );
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_MOST) break;
  }
  return text;
}

function objectOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}

function stateOf(cause: unknown): string {
  const words = cause instanceof Error ? `${cause.message} ${causeOf(cause)}` : "";
  if (/refused/i.test(words)) return "nobody listens there";
  if (/certificate/i.test(words)) return "its certificate is not trusted";
  if (/timed out|timeout/i.test(words)) return "it does not answer";
  if (/dns|lookup|resolve/i.test(words)) return "the host is not known";
  return "the connection failed";
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : "";
}
