/**
 * Markdown (CommonMark): every character of what people wrote that could mean something to a
 * renderer is escaped, so that no message can forge a heading, a link, an image or HTML.
 *
 * @module
 */
import { printable, visible } from "../text.ts";
import { excerptOf, timeOf, type TranscriptFormat } from "./export_format.ts";
import type { TranscriptMessage } from "./export_transcript.ts";

/** The Markdown format. */
export const markdownFormat: TranscriptFormat = {
  head: ({ made }) => `# Chat history\n\nMade ${new Date(made).toISOString()}. Times are UTC.\n`,
  room: (room) => `\n## ${inline(visible(room))}\n`,
  day: (day) => `\n### ${day}\n`,
  message,
  roomEnd: () => "",
  end: () => "",
};

function message(message: TranscriptMessage): string {
  const { timestamp, sender, kind, body, answers, edited, reactions } = message;
  const name = `**${inline(visible(sender))}**`;
  const quoted = answers === undefined
    ? ""
    : `\n> ${inline(visible(answers.sender))}: ${inline(printable(excerptOf(answers.body)))}\n`;
  const text = body === undefined ? "*(taken back)*" : lines(printable(body));
  const said = kind === "m.emote" ? ` *${text}*` : `: ${text}`;
  const mark = edited === "edited" && body !== undefined ? " *(edited)*" : "";
  const shown = reactions.map(([reaction, count]) => `${inline(visible(reaction))} ${count}`);
  const below = shown.length === 0 ? "" : `  \n${shown.join(", ")}`;
  return `${quoted}\n${timeOf(timestamp)} ${name}${said}${mark}${below}\n`;
}

/** Any ASCII punctuation may be escaped (CommonMark 2.4); what stays is letters, digits, spaces. */
function inline(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, "\\$&").replace(/\n/g, " ");
}

/** Hard line breaks; spaces at the beginning of a line would make it code. */
function lines(text: string): string {
  return text.split("\n").map((line) => {
    const words = inline(line.trimStart()).trimEnd();
    return words === "" ? "&nbsp;" : words;
  }).join("  \n");
}
