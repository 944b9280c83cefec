/**
 * A browser without a screen: cookies, redirects and forms, as far as signing in takes them.
 *
 * @module
 */
import assert from "node:assert/strict";

/** A page, or a redirect that was not followed. */
export interface Page {
  readonly url: URL;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Cookie {
  readonly host: string;
  readonly path: string;
  readonly name: string;
  readonly value: string;
}

/** More redirects than any login has. */
const MOST_REDIRECTS = 20;

/** See the module's description. Cookies do not know ports (RFC 6265, section 8.5). */
export class Browser {
  #cookies: Cookie[] = [];

  /** The cookies as `Set-Cookie` gave them, by name. */
  get cookies(): ReadonlyMap<string, string> {
    return new Map(this.#cookies.map(({ name, value }) => [name, value]));
  }

  /** Forgets every cookie: another browser. */
  clear(): void {
    this.#cookies = [];
  }

  /** Asks once; redirects are not followed. */
  async ask(url: URL | string, form?: Readonly<Record<string, string>>): Promise<Page> {
    const target = new URL(url);
    const response = await fetch(target, {
      redirect: "manual",
      headers: { Cookie: this.#header(target), Accept: "text/html" },
      ...(form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) }),
    });
    for (const line of response.headers.getSetCookie()) this.#take(line, target);
    const { status, headers } = response;
    return { url: target, status, headers, text: await response.text() };
  }

  /** Follows redirects up to the first that leaves `within`, an origin; gives where that leads. */
  async follow(page: Page, within: string): Promise<Page | URL> {
    let present = page;
    for (let times = 0; times < MOST_REDIRECTS; times++) {
      const location = present.headers.get("location");
      if (present.status < 300 || present.status >= 400 || location === null) return present;
      const next = new URL(location, present.url);
      if (next.origin !== within) return next;
      present = await this.ask(next);
    }
    assert.fail("the redirects never end");
  }

  /** Sends the page's form with what it holds already and `fields`. */
  async submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const form = /<form\b[^>]*\baction="([^"]+)"[^>]*>([\s\S]*?)<\/form>/i.exec(page.text);
    assert.ok(form !== null, `no form in: ${page.text.slice(0, 500)}`);
    const held = [...(form[2] ?? "").matchAll(/<input\b[^>]*>/gi)].map(([input]) => [
      /\bname="([^"]*)"/i.exec(input)?.[1] ?? "",
      unescaped(/\bvalue="([^"]*)"/i.exec(input)?.[1] ?? ""),
    ]).filter(([name]) => name !== "");
    const url = new URL(unescaped(form[1] ?? ""), page.url);
    return await this.ask(url, { ...Object.fromEntries(held), ...fields });
  }

  #header({ hostname, pathname }: URL): string {
    return this.#cookies
      .filter(({ host, path }) => host === hostname && pathname.startsWith(path))
      .map(({ name, value }) => `${name}=${value}`)
      .join("; ");
  }

  #take(line: string, { hostname, pathname }: URL): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const equals = pair.indexOf("=");
    const attribute = (name: string) =>
      attributes.find((one) => one.toLowerCase().startsWith(`${name}=`))?.slice(name.length + 1);
    const cookie = {
      host: hostname,
      path: attribute("path") ?? pathname.slice(0, pathname.lastIndexOf("/") + 1),
      name: pair.slice(0, equals),
      value: pair.slice(equals + 1),
    };
    this.#cookies = this.#cookies.filter(({ name, path }) =>
      name !== cookie.name || path !== cookie.path
    );
    const expires = attribute("expires");
    const gone = attribute("max-age") === "0" ||
      (expires !== undefined && Date.parse(expires) <= Date.now());
    if (!gone) this.#cookies.push(cookie);
  }
}

function unescaped(text: string): string {
  return text.replaceAll("&quot;", '"').replaceAll("&amp;", "&")
    .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
