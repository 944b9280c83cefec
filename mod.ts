/**
 * The library: everything a program needs to embed a chatnode.
 *
 * @example A node with a command of its own
 * ```ts ignore
 * await using node = await openNode({ settings: { data: "./chat", host: "127.0.0.1" } });
 * node.hub.commands.add({ name: "time", summary: "Tell the time", run: () => Date() });
 * ```
 *
 * @module
 */

// The node.
export {
  type ChatNode,
  type NodeLoad,
  type NodeOptions,
  type NodeSettings,
  openNode,
} from "./src/commands/node.ts";
export type { NodeSync } from "./src/commands/node_sync.ts";
export type { Settings } from "./src/config/schema.ts";
export { Secret } from "./src/config/secret.ts";
export type { Clock, Timer } from "./src/clock.ts";
export type { Readiness } from "./src/transports/http/health.ts";

// A client of chatnode.v1, for nodes anywhere.
export {
  ChatClient,
  type ClientEvent,
  type ClientOptions,
  type Message,
} from "./src/protocol/client/client.ts";
export { ClientError, ServerError } from "./src/protocol/client/errors.ts";
export type {
  ClientConnection,
  ClientConnectionEvents,
  Connector,
} from "./src/protocol/client/connection.ts";
export { connectWebSocket } from "./src/protocol/client/websocket_connection.ts";
export { connectTcp } from "./src/transports/tcp/client/native.ts";
export { parseTcpAddress, type TcpTarget } from "./src/transports/tcp/client/socket.ts";
export { PROTOCOL } from "./src/protocol/frames.ts";

// Live: rooms, sessions, commands, hooks.
export type {
  Author,
  CommandReply,
  Dialect,
  EndReason,
  Hub,
  Joined,
  Member,
  Origin,
  Outgoing,
  Peer,
  Person,
  Presence,
  Resume,
  RoomOverview,
  Session,
  Signal,
} from "./src/hub/contract.ts";
export type { Command, CommandCall, Commands } from "./src/hub/commands.ts";
export type {
  CommandInfo,
  Hook,
  HookOptions,
  Hooks,
  MessageInfo,
  Phase,
  PhaseContexts,
  Refusal,
  Replacement,
  SessionInfo,
  Verdict,
} from "./src/hub/hooks.ts";

// Stored: events and the history.
export type {
  Appended,
  CommitListener,
  Committed,
  Draft,
  History,
  HistoryHealth,
  Page,
  PageQuery,
  RoomSummary,
  SearchQuery,
  SearchResult,
  StoredEvent,
  TimelinePosition,
} from "./src/history/contract.ts";
export type {
  Address,
  ChatEvent,
  Content,
  EventId,
  EventType,
  Json,
  JsonObject,
  Provenance,
  RoomId,
} from "./src/message/event.ts";
export { LIMITS } from "./src/message/event.ts";
export {
  addressOf,
  directRoom,
  localName,
  parseAddress,
  parseRoom,
} from "./src/message/address.ts";

// Shared: what a sync through a bucket tells of itself.
export type { RequestCounts } from "./src/transports/bucket/sync/counted.ts";
export type { SyncStatus } from "./src/transports/bucket/sync/status.ts";
export type { SyncWorker } from "./src/transports/bucket/sync/worker.ts";

// People.
export type { Accounts, Verification } from "./src/accounts/accounts.ts";
export type { Identity, Role } from "./src/accounts/contract.ts";
export type { AccountSummary, Registry } from "./src/accounts/registry.ts";

// What can go wrong.
export { ChatnodeError, UsageError } from "./src/errors.ts";
export { SettingsError } from "./src/config/faults.ts";
export { AccountError } from "./src/accounts/failure.ts";
export { HistoryError } from "./src/history/errors.ts";
export { HubError } from "./src/hub/errors.ts";
export { MessageError } from "./src/message/error.ts";
