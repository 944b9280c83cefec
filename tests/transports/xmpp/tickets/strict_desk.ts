/**
 * A ticket system for tests that checks every request against its interface, key by key, and answers
 * as it is told to.
 */
import assert from "node:assert/strict";

/** A request that was as it must be. */
export interface Taken {
  readonly call: string;
  readonly body: unknown;
  readonly key: string | null;
}

/** What is answered instead of what the interface says; `hang` until the test ends. */
export type Fault =
  | { readonly status: number; readonly headers?: Record<string, string> }
  | {
    readonly text: string;
  }
  | "hang"
  | "reset";

interface Ticket {
  status: string;
  messages: { id: number; content: string; sender: string; timestamp: string; is_agent: boolean }[];
}

const BODIES: Readonly<Record<string, readonly string[]>> = {
  "POST tickets": ["jid", "message", "resource"],
  "POST tickets/{id}/messages": ["content", "jid"],
  "POST presence": ["jid", "show", "status"],
};

/** See the module's description. */
export class StrictDesk implements AsyncDisposable {
  readonly token = "secret-token";
  readonly taken: Taken[] = [];
  /** What a request had wrong; a test looks that it is empty. */
  readonly wrong: string[] = [];
  readonly tickets = new Map<string, Ticket>();
  /** Answers for the next requests, in order; afterwards everything works. */
  faults: Fault[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ending = Promise.withResolvers<void>();

  constructor() {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => this.#answer(request));
  }

  get base(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** An agent writes into a ticket. */
  reply(id: string, content: string): void {
    const ticket = this.tickets.get(id);
    assert.ok(ticket);
    const timestamp = new Date(0).toISOString();
    const { messages } = ticket;
    messages.push({ id: messages.length + 1, content, sender: "Ann", timestamp, is_agent: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.resolve();
    await this.#server.shutdown();
    assert.deepEqual(this.wrong, []);
  }

  async #answer(request: Request): Promise<Response> {
    const text = await request.text();
    const { pathname, searchParams } = new URL(request.url);
    const [, id = ""] = /\/tickets\/([^/]+)\//.exec(pathname) ?? [];
    const call = `${request.method} ${
      pathname.replace("/api/v1/xmpp/", "").replace(`/${id}/`, id === "" ? "/" : "/{id}/")
    }`;
    const body = text === "" ? undefined : JSON.parse(text);
    this.#check(request, call, body);
    const fault = this.faults.shift();
    if (fault === "hang") await this.#ending.promise;
    if (fault === "hang" || fault === "reset") {
      throw new Error("the test wants this connection gone");
    }
    if (fault !== undefined && "text" in fault) return new Response(fault.text);
    if (fault !== undefined) return new Response("no", fault);
    this.taken.push({ call, body, key: request.headers.get("Idempotency-Key") });
    return this.#result(call, decodeURIComponent(id), body, searchParams);
  }

  #check(request: Request, call: string, body: unknown): void {
    const must = (holds: boolean, what: string) => holds || this.wrong.push(`${call}: ${what}`);
    must(request.headers.get("Authorization") === `Bearer ${this.token}`, "the token");
    const keys = BODIES[call];
    must((keys === undefined) === (body === undefined), "a body");
    if (keys === undefined || body === undefined) return;
    must(request.headers.get("Content-Type") === "application/json", "the type of the body");
    const { ...fields } = body as Record<string, unknown>;
    must(Object.keys(fields).sort().join() === keys.join(), "the body's keys");
    must(Object.values(fields).every((value) => typeof value === "string"), "the body's values");
  }

  #result(call: string, id: string, body: unknown, search: URLSearchParams): Response {
    if (call === "POST tickets") {
      const next = String(this.tickets.size + 1);
      this.tickets.set(next, { status: "OPEN", messages: [] });
      const subject = String((body as { message: string }).message).slice(0, 20);
      return Response.json({ success: true, ticket_id: Number(next), subject, status: "OPEN" });
    }
    if (call === "GET tickets") {
      const listed = Array.from(this.tickets, ([id, { status }]) => {
        const about = { id, subject: "s", status, priority: "LOW", jid: search.get("jid") ?? "" };
        return { ...about, created_at: "2026-11-20", last_message: null };
      });
      return Response.json(listed.slice(0, Number(search.get("limit") ?? 100)));
    }
    if (call === "POST presence") {
      return Response.json({ success: true, jid: "x", status: "online" });
    }
    const ticket = this.tickets.get(id);
    if (ticket === undefined) return new Response("none", { status: 404 });
    if (call === "GET tickets/{id}/sync") {
      const { status, messages } = ticket;
      return Response.json({ ticket_id: id, status, subject: "s", messages, updated_at: "x" });
    }
    return Response.json({ success: true, message_id: 1, timestamp: "x" });
  }
}
