/**
 * What AloneChat's admins may ask and do.
 *
 * @module
 */
import { Hono } from "hono";
import type { Identity } from "../../accounts/contract.ts";
import type { PageQuery, StoredEvent, TimelinePosition } from "../../history/contract.ts";
import type { AloneContext, AloneEnv, AloneParts } from "./env.ts";
import { admin } from "./identity.ts";
import { LOBBY, renderEvent } from "./render.ts";
import { refuse, reply } from "./reply.ts";
import { printUptime } from "./usage.ts";

/** Messages of one page of history. */
const PAGE = { usual: 50, most: 200 } as const;

/** Users, status, history, kick. */
export function adminRoutes(parts: AloneParts): Hono<AloneEnv> {
  const routes = new Hono<AloneEnv>();
  routes.get("/api/admin/all-users", admin(parts, (context) => allUsers(parts, context)));
  routes.get("/api/admin/system-status", admin(parts, (context) => systemStatus(parts, context)));
  routes.get(
    "/api/admin/chat-history",
    admin(parts, (context, who) => chatHistory(parts, context, who)),
  );
  routes.post("/api/admin/kick-user", admin(parts, (context, who) => kick(parts, context, who)));
  return routes;
}

function allUsers({ accounts, hub }: AloneParts, context: AloneContext): Response {
  const online = new Set(hub.people().map(({ who }) => who.name));
  const users = accounts.list().filter(({ state }) => state !== "removed").map((account) => ({
    username: account.name,
    role: account.role,
    is_online: online.has(account.name),
  }));
  return reply(context, 200, { users });
}

function systemStatus(parts: AloneParts, context: AloneContext): Response {
  const { accounts, hub, usage, version } = parts;
  const { cpu, memory } = usage.look();
  return reply(context, 200, {
    version,
    uptime: printUptime(usage.uptime),
    online_users: hub.people().length,
    total_users: accounts.list().filter(({ state }) => state !== "removed").length,
    cpu_usage: cpu,
    memory_usage: memory ?? null,
  });
}

/**
 * A page of a public room, oldest message first: `room` (the lobby), `limit`, and `before`, which
 * is the `before` of the page that was shown last.
 */
async function chatHistory(
  { hub }: AloneParts,
  context: AloneContext,
  who: Identity,
): Promise<Response> {
  const query = readPageQuery(context);
  if (query === undefined) return refuse(context, 400, "Invalid limit or before");
  const room = context.req.query("room") ?? LOBBY;
  const page = await hub.page(who, room, query);
  const first = page.events[0];
  return reply(context, 200, {
    success: true,
    messages: page.events.flatMap((stored) => shown(stored, hub.node)),
    before: page.moreBefore && first !== undefined ? printPosition(first) : null,
  });
}

function shown(stored: StoredEvent, node: string): object[] {
  const message = renderEvent(stored.event, node);
  if (message === undefined) return [];
  const { event_id: id, timestamp_ms: time } = stored.event;
  return [{ id, timestamp: new Date(time).toISOString(), room: stored.room, ...message }];
}

async function kick(parts: AloneParts, context: AloneContext, who: Identity): Promise<Response> {
  // Original clients may send a body along; it says nothing.
  await context.env.body();
  const name = context.req.query("username") ?? "";
  if (name === "") {
    const fault = { type: "missing", loc: ["query", "username"], msg: "Field required" };
    return refuse(context, 422, [fault]);
  }
  const kicked = parts.accounts.identityOf(name);
  if (kicked?.address === who.address) {
    return refuse(context, 400, "Admin cannot kick themselves");
  }
  const sessions = kicked === undefined ? 0 : parts.hub.kick(kicked.address);
  if (sessions === 0) return refuse(context, 404, `User ${name} is not online`);
  return reply(context, 200, { success: true, message: `User ${name} has been kicked` });
}

function readPageQuery(context: AloneContext): PageQuery | undefined {
  const { limit: written = String(PAGE.usual), before: position } = context.req.query();
  const limit = /^\d{1,4}$/.test(written) ? Number(written) : 0;
  if (limit < 1) return undefined;
  const page = { limit: Math.min(limit, PAGE.most) };
  if (position === undefined || position === "") return page;
  const before = parsePosition(position);
  return before === undefined ? undefined : { ...page, before };
}

function printPosition({ event }: StoredEvent): string {
  return `${event.timestamp_ms}.${event.event_id}`;
}

function parsePosition(text: string): TimelinePosition | undefined {
  const [, timestamp, id] = /^(\d{1,15})\.(.{1,600})$/s.exec(text) ?? [];
  return timestamp === undefined || id === undefined
    ? undefined
    : { timestamp: Number(timestamp), id };
}
