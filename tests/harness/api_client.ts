import assert from "node:assert/strict";

/** An answer of the API: its status and its parsed body. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Headers;
}

/** Calls AloneChat's HTTP API as its original client does. */
export class ApiClient {
  readonly #base: string;
  /** Sent as `Authorization: Bearer`; empty: not at all. */
  readonly token: string;

  constructor(base: string, token: string = "") {
    this.#base = base;
    this.token = token;
  }

  /** The same with a token. */
  as(token: string): ApiClient {
    return new ApiClient(this.#base, token);
  }

  get(path: string, init: RequestInit = {}): Promise<ApiAnswer> {
    return this.#ask(path, { method: "GET", ...init });
  }

  /** Sends `value` as JSON. */
  post(path: string, value: unknown = {}, init: RequestInit = {}): Promise<ApiAnswer> {
    return this.raw(path, JSON.stringify(value), "application/json", init);
  }

  /** Sends `body` as it is. */
  raw(path: string, body: BodyInit, type: string, init: RequestInit = {}): Promise<ApiAnswer> {
    const headers = { "Content-Type": type, ...init.headers as Record<string, string> };
    return this.#ask(path, { method: "POST", ...init, body, headers });
  }

  /** Registers and logs in; returns the client that is logged in. */
  async enter(username: string, password: string): Promise<ApiClient> {
    const registered = await this.post("/api/register", { username, password });
    assert.deepEqual(registered.body, {
      success: true,
      token: null,
      message: "Registration successful",
    });
    return await this.login(username, password);
  }

  async login(username: string, password: string): Promise<ApiClient> {
    const { body } = await this.post("/api/login", { username, password });
    assert.ok(typeof body === "object" && body !== null && "token" in body);
    assert.equal(typeof body.token, "string");
    return this.as(String(body.token));
  }

  /** `/send` that has to succeed. */
  async say(sender: string, message: string, target: string | null = null): Promise<void> {
    const { status, body } = await this.post("/send", { sender, message, target });
    assert.deepEqual({ status, body }, { status: 200, body: { success: true } });
  }

  /** The body of one `/recv`. */
  async receive(): Promise<unknown> {
    const { status, body } = await this.get("/recv");
    assert.equal(status, 200);
    return body;
  }

  async #ask(path: string, init: RequestInit): Promise<ApiAnswer> {
    const headers = new Headers(init.headers);
    if (this.token !== "") headers.set("Authorization", `Bearer ${this.token}`);
    const response = await fetch(this.#base + path, { redirect: "manual", ...init, headers });
    const text = await response.text();
    return { status: response.status, body: parse(text), headers: response.headers };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
