/**
 * Answers of the ticket system, read strictly: what its interface does not say is no answer.
 *
 * @module
 */
import type { Json, JsonObject } from "../../../message/event.ts";
import { plainJson, readJson } from "../../../message/json.ts";
import {
  type CreatedTicket,
  TicketError,
  type TicketMessage,
  type TicketState,
  type TicketSummary,
} from "./contract.ts";

/** Bytes of an answer. */
export const ANSWER_BYTES = 1024 * 1024;
/** Nesting of an answer's JSON. */
const DEPTH = 8;
/** Characters of a name, a subject, a status. */
const SHORT = 1024;
/** Tickets of a list, messages of a ticket: what is beyond is not looked at. */
const MOST = 1_000;

/** @throws {TicketError} `tickets/answer` */
export function parseAnswer(text: string): Json {
  try {
    return plainJson(readJson(text, { depth: DEPTH, length: ANSWER_BYTES }));
  } catch {
    // The reader's errors say where; what the system sent belongs to nobody's log.
    throw wrong("it is no JSON that can be read");
  }
}

/** @throws {TicketError} `tickets/answer`, `tickets/refused` */
export function readCreated(answer: Json): CreatedTicket {
  const ticket = successful(answer);
  return {
    id: id(ticket["ticket_id"]),
    subject: short(ticket["subject"]),
    status: short(ticket["status"]).toUpperCase(),
  };
}

/** @throws {TicketError} `tickets/answer`, `tickets/refused` */
export function readSuccess(answer: Json): void {
  successful(answer);
}

/** @throws {TicketError} `tickets/answer` */
export function readList(answer: Json): TicketSummary[] {
  if (!Array.isArray(answer)) throw wrong("it is no list");
  return answer.slice(0, MOST).map((each) => {
    const ticket = object(each);
    return {
      id: id(ticket["id"]),
      subject: short(ticket["subject"]),
      status: short(ticket["status"]).toUpperCase(),
      priority: short(ticket["priority"]),
      jid: short(ticket["jid"]),
      createdAt: short(ticket["created_at"]),
      lastMessage: long(ticket["last_message"] ?? ""),
    };
  });
}

/** @throws {TicketError} `tickets/answer` */
export function readState(answer: Json): TicketState {
  const ticket = object(answer);
  const messages = ticket["messages"];
  if (!Array.isArray(messages)) throw wrong("its messages are no list");
  return {
    id: id(ticket["ticket_id"]),
    subject: short(ticket["subject"]),
    status: short(ticket["status"]).toUpperCase(),
    // The latest ones count.
    messages: messages.slice(-MOST).map(readMessage),
  };
}

function readMessage(value: Json): TicketMessage {
  const message = object(value);
  return {
    id: id(message["id"]),
    content: long(message["content"]),
    sender: short(message["sender"] ?? ""),
    by: message["is_agent"] === true ? "agent" : "person",
  };
}

function successful(answer: Json): JsonObject {
  const object_ = object(answer);
  if (object_["success"] === true) return object_;
  throw new TicketError("tickets/refused", "Cannot use the ticket system: it reported a failure");
}

function object(value: Json | undefined): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw wrong("it is no object");
}

/** Numbers and texts; it becomes part of a URL and of what people read. */
function id(value: Json | undefined): string {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text === "string" && /^[A-Za-z0-9_.:-]{1,128}$/.test(text) && !/^\.+$/.test(text)) {
    return text;
  }
  throw wrong("it has an id that is none");
}

function short(value: Json | undefined): string {
  if (typeof value === "string") return value.slice(0, SHORT);
  if (value === null || value === undefined) return "";
  throw wrong("it has a text that is none");
}

function long(value: Json | undefined): string {
  if (typeof value === "string") return value;
  throw wrong("it has a text that is none");
}

function wrong(state: string): TicketError {
  return new TicketError("tickets/answer", `Cannot use the ticket system's answer: ${state}`);
}
