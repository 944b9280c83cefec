/**
 * The library: everything a program needs to embed a chatnode.
 *
 * @module
 */
export type { ChatEvent, Content, EventType } from "./src/message/event.ts";
export type { History } from "./src/history/contract.ts";
