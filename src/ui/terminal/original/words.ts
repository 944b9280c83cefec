/**
 * What servers of the original protocol say, taken apart.
 *
 * @module
 */

/** One frame of a server. */
export type OriginalNews =
  | { readonly kind: "message"; readonly alias: string; readonly body: string }
  | { readonly kind: "member"; readonly alias: string; readonly state: "joined" | "left" }
  /** The server's own words. */
  | { readonly kind: "notice"; readonly text: string };

const JOINED = /^\[\+\] (.*) has joined the chat!$/s;
const LEFT = /^\[-\] (.*) has left the chat\.$/s;
const NOTICE = /^\[!\] /;
/** Original servers take any alias: one with a colon in it is cut there, nothing tells. */
const MESSAGE = /^(.{1,255}?): (.*)$/s;
/** How a chatnode tells of what somebody does, and of a change. */
const EMOTE = /^\* (\S.*)$/s;

/** Reads a frame; whatever has no form that is known is a notice. */
export function readOriginal(frame: string): OriginalNews {
  const joined = JOINED.exec(frame)?.[1];
  if (joined !== undefined) return { kind: "member", alias: joined, state: "joined" };
  const left = LEFT.exec(frame)?.[1];
  if (left !== undefined) return { kind: "member", alias: left, state: "left" };
  if (NOTICE.test(frame)) return { kind: "notice", text: frame.slice("[!] ".length) };
  if (EMOTE.test(frame)) return { kind: "notice", text: frame };
  const [, alias, body] = MESSAGE.exec(frame) ?? [];
  if (alias === undefined || body === undefined) return { kind: "notice", text: frame };
  return { kind: "message", alias, body };
}
