import assert from "node:assert/strict";
import { readRequest, type Request } from "../../../src/ui/terminal/requests.ts";
import { SLASH_COMMANDS } from "../../../src/ui/terminal/slash_commands.ts";
import { test } from "../../harness/test.ts";

const say = (body: string): Request => ({ do: "say", body, msgtype: "m.text" });

const rows: readonly { why: string; line: string; request: Request }[] = [
  { why: "a text", line: "hello there", request: say("hello there") },
  { why: "spaces around it", line: "  hi  ", request: say("hi") },
  { why: "nothing", line: "   ", request: { do: "nothing" } },
  { why: "two slashes begin a text with one", line: "//etc", request: say("/etc") },
  { why: "a slash alone is a text", line: "/ 2", request: say("/ 2") },
  { why: "several lines are one text", line: "a\n/quit", request: say("a\n/quit") },
  { why: "a room", line: "/join dev", request: { do: "join", room: "dev" } },
  {
    why: "a room with a space",
    line: "/join Team plans",
    request: { do: "join", room: "Team plans" },
  },
  { why: "a command in capitals", line: "/JOIN dev", request: { do: "join", room: "dev" } },
  { why: "another name", line: "/part", request: { do: "leave", room: "" } },
  { why: "no room", line: "/join", request: { do: "usage", usage: "/join ROOM" } },
  {
    why: "to one person",
    line: "/msg bob a b",
    request: { do: "message", to: "bob", body: "a b" },
  },
  { why: "going on with one", line: "/msg bob", request: { do: "message", to: "bob", body: "" } },
  { why: "history", line: "/history", request: { do: "history", count: 20 } },
  { why: "a count", line: "/history 7", request: { do: "history", count: 7 } },
  { why: "too much", line: "/history 9999", request: { do: "history", count: 200 } },
  { why: "no number", line: "/history x", request: { do: "usage", usage: "/history [COUNT]" } },
  { why: "zero", line: "/history 0", request: { do: "usage", usage: "/history [COUNT]" } },
  { why: "an emote", line: "/me waves", request: { do: "say", body: "waves", msgtype: "m.emote" } },
  { why: "the latest", line: "/edit new", request: { do: "edit", back: 1, text: "new" } },
  { why: "the third", line: "/react ^3 +1", request: { do: "react", back: 3, text: "+1" } },
  {
    why: "the latest reaction",
    line: "/unreact",
    request: { do: "unreact", back: undefined, text: "" },
  },
  {
    why: "a reaction to the second",
    line: "/unreact ^2 +1",
    request: { do: "unreact", back: 2, text: "+1" },
  },
  { why: "no reason", line: "/redact", request: { do: "redact", back: 1, text: "" } },
  { why: "not a count", line: "/edit ^x y", request: { do: "usage", usage: "/edit [^N] TEXT" } },
  {
    why: "a file, with a space in its name",
    line: "/file my notes.txt",
    request: { do: "file", path: "my notes.txt", way: "usual" },
  },
  {
    why: "a file for their client alone",
    line: "/file direct ~/a.txt",
    request: { do: "file", path: "~/a.txt", way: "direct" },
  },
  {
    why: "a file that is called so",
    line: "/file ./accept",
    request: { do: "file", path: "./accept", way: "usual" },
  },
  {
    why: "the only offer",
    line: "/file accept",
    request: { do: "offer", what: "accept", id: "" },
  },
  {
    why: "one of several",
    line: "/file decline 3",
    request: { do: "offer", what: "decline", id: "3" },
  },
  {
    why: "an offer that has no number",
    line: "/file cancel that",
    request: {
      do: "usage",
      usage: "/file PATH | direct PATH | accept|decline|cancel [N]",
    },
  },
  { why: "no such command here", line: "/echo a", request: { do: "ask", text: "/echo a" } },
  {
    why: "a name that objects have",
    line: "/constructor",
    request: { do: "ask", text: "/constructor" },
  },
  { why: "leaving", line: "/q", request: { do: "quit" } },
];

for (const { why, line, request } of rows) {
  test(`requests: ${why}`, () => assert.deepEqual(readRequest(line), request));
}

test("requests: the commands that were promised are there", () => {
  const names = SLASH_COMMANDS.map(({ name }) => name);
  const promised = [
    "help",
    "join",
    "leave",
    "msg",
    "who",
    "rooms",
    "history",
    "search",
    "me",
    "react",
  ];
  for (const name of [...promised, "edit", "redact", "quit"]) assert.ok(names.includes(name), name);
});
