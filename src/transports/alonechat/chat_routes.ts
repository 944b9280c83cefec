/**
 * Sending and receiving over HTTP.
 *
 * @module
 */
import { Hono } from "hono";
import type { Identity } from "../../accounts/contract.ts";
import { commandIn, commandMessage } from "./commands.ts";
import type { AloneContext, AloneEnv, AloneParts } from "./env.ts";
import { VIA } from "./env.ts";
import { decodeUtf8 } from "./fields.ts";
import { INVALID, signedIn } from "./identity.ts";
import type { Delivery } from "./mailboxes.ts";
import { MESSAGE_TYPE, parseJson } from "./message.ts";
import { contentOf, LOBBY } from "./render.ts";
import { Receipts, refuse, reply } from "./reply.ts";
import { roomFor } from "./recipient.ts";

/** What `/send` asks for, before it is checked. */
interface SendRequest {
  readonly sender: unknown;
  readonly message: unknown;
  readonly target: unknown;
}

/** `/send` and `/recv`. */
export function chatRoutes(parts: AloneParts): Hono<AloneEnv> {
  const routes = new Hono<AloneEnv>();
  const receipts = new Receipts(parts.clock);
  routes.post("/send", signedIn(parts, (context, who) => send(parts, context, who)));
  routes.get("/recv", signedIn(parts, (context, who) => receive(parts, receipts, context, who)));
  return routes;
}

async function send(parts: AloneParts, context: AloneContext, who: Identity): Promise<Response> {
  const request = await readRequest(context);
  if (request === undefined) return refuse(context, 400, "Invalid JSON");
  const { sender, message, target } = request;
  if (typeof message !== "string" || message === "") {
    return refuse(context, 400, "Missing message");
  }
  if (!isAbsent(sender) && !isSelf(parts, who, sender)) {
    return refuse(context, 403, "Sender is not the authenticated user");
  }
  if (!isAbsent(target) && typeof target !== "string") {
    return refuse(context, 400, "Target is not a name");
  }
  const { hub, accounts, mailboxes } = parts;
  const author = { identity: who, ...originOf(context) };
  mailboxes.ensure(who);
  const command = commandIn(message, hub.commands);
  if (command !== undefined) {
    const answer = await hub.command(author, command, LOBBY);
    if (answer !== undefined) mailboxes.tell(who, originOf(context), commandMessage(answer));
  } else {
    const room = roomFor(who, target ?? null, accounts, hub.node);
    const content = contentOf({ type: MESSAGE_TYPE.text, content: message });
    await hub.publish(author, { room, type: "m.room.message", content });
  }
  return reply(context, 200, { success: true });
}

async function receive(
  parts: AloneParts,
  receipts: Receipts,
  context: AloneContext,
  who: Identity,
): Promise<Response> {
  const gone = new AbortController();
  const { outgoing } = context.env;
  const left = () => gone.abort();
  outgoing.once("close", left);
  const received = await parts.mailboxes.receive(who, originOf(context), gone.signal);
  outgoing.off("close", left);
  switch (received.kind) {
    case "message":
      return hand(receipts, context, received.delivery);
    case "revoked":
      return refuse(context, 401, INVALID);
    case "nothing":
      return reply(context, 200, { success: false, error: "Timeout waiting for message" });
  }
}

function hand(receipts: Receipts, context: AloneContext, delivery: Delivery): Response {
  const { sender, content, type } = delivery.message;
  return receipts.reply(context, { success: true, sender, content, type }, {
    written: () => delivery.delivered(),
    lost: () => delivery.returned(),
  });
}

/** JSON from the body, else the query's parameters; undefined for JSON that is none. */
async function readRequest(context: AloneContext): Promise<SendRequest | undefined> {
  const bytes = await context.env.body();
  const type = context.env.incoming.headers["content-type"] ?? "";
  const query = context.req.query();
  const isJson = /^application\/(?:[^;]*\+)?json\b/i.test(type);
  if (!isJson && (bytes.length === 0 || query["message"] !== undefined)) {
    return { sender: query["sender"], message: query["message"], target: query["target"] };
  }
  const text = decodeUtf8(bytes);
  const value = text === undefined ? undefined : parseJson(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { sender, message, target } = value as Readonly<Record<string, unknown>>;
  return { sender, message, target };
}

function isSelf({ accounts }: AloneParts, who: Identity, sender: unknown): boolean {
  if (sender === who.name) return true;
  return typeof sender === "string" && accounts.identityOf(sender)?.address === who.address;
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

function originOf(context: AloneContext): { readonly via: string; readonly remote: string } {
  return { via: VIA, remote: context.env.client.address };
}
