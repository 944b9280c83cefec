/**
 * Plain text for terminals and mail: nothing in it can move a cursor or hide.
 *
 * @module
 */
import { printable, visible } from "../text.ts";
import { excerptOf, timeOf, type TranscriptFormat } from "./export_format.ts";
import type { TranscriptMessage } from "./export_transcript.ts";

/** The text format. */
export const textFormat: TranscriptFormat = {
  head: ({ made }) => `Chat history, made ${new Date(made).toISOString()}. Times are UTC.\n`,
  room: (room) => `\n=== ${visible(room)} ===\n`,
  day: (day) => `\n--- ${day} ---\n`,
  message,
  roomEnd: () => "",
  end: () => "",
};

function message(message: TranscriptMessage): string {
  const { timestamp, sender, kind, body, answers, edited, reactions } = message;
  const name = visible(sender);
  const who = kind === "m.emote" ? `* ${name}` : kind === "m.notice" ? `-${name}-` : `<${name}>`;
  const lead = `[${timeOf(timestamp)}] `;
  const indent = " ".repeat(lead.length);
  const quoted = answers === undefined
    ? ""
    : `${indent}> ${visible(answers.sender)}: ${printable(excerptOf(answers.body))}\n`;
  const text = body === undefined ? "(taken back)" : printable(body);
  const lines = text.split("\n").join(`\n${indent}`);
  const mark = edited === "edited" && body !== undefined ? " (edited)" : "";
  const shown = reactions.map(([reaction, count]) => `${visible(reaction)} ${count}`).join("  ");
  const below = shown === "" ? "" : `${indent}[${shown}]\n`;
  return `${quoted}${lead}${who} ${lines}${mark}\n${below}`;
}
