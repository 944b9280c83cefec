/**
 * A real OpenID Connect provider (`oidc-provider`) beside a test, and a person who signs in there.
 *
 * @module
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Browser, Page } from "./browser.ts";
import { inTime } from "./eventually.ts";

const PROGRAM = join(import.meta.dirname ?? ".", "oidc_provider_program.ts");

/** The client of a terminal: public, any port of this machine. */
export const TERMINAL = { id: "terminal" } as const;
/** The client of a node, which has a secret. */
export const NODE = { id: "node", secret: "a secret: with% a colon" } as const;

/** A running provider. */
export interface TestProvider {
  readonly issuer: string;
  /** Signs with another key from now on. */
  rotate(): Promise<void>;
  /** Access tokens live for so many seconds from now on. */
  quicken(seconds: number): Promise<void>;
}

/** Runs `body` beside a provider, which is gone afterwards. */
export async function withProvider(body: (provider: TestProvider) => Promise<void>): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", "--quiet", PROGRAM],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  const line = async () => {
    const { value } = await inTime("a line of the provider", reader.read(), 60_000);
    return value?.trim() ?? "";
  };
  const command = async (text: string) => {
    await writer.write(new TextEncoder().encode(`${text}\n`));
    assert.equal(await line(), "done");
  };
  try {
    await body({
      issuer: await line(),
      rotate: () => command("rotate"),
      quicken: (seconds) => command(`quicken ${seconds}`),
    });
  } finally {
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    await writer.abort().catch(() => {});
  }
}

/**
 * Opens a provider's address in a browser, signs in as `name` and agrees to everything.
 *
 * @returns where the provider sends the browser, or the page that it ends with
 */
export async function signIn(
  browser: Browser,
  address: string | URL,
  name: string,
): Promise<Page | URL> {
  const { origin } = new URL(address);
  let found = await browser.follow(await browser.ask(address), origin);
  for (let forms = 0; forms < 5 && !(found instanceof URL) && /<form/.test(found.text); forms++) {
    const fields = { login: name, password: "any" };
    found = await browser.follow(await browser.submit(found, fields), origin);
  }
  return found;
}
