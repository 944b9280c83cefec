/**
 * One page of HTML that needs nothing else: no script, no picture, no font from elsewhere, and a
 * policy (CSP 3) that lets nothing in should an escape ever be wrong.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { printable, visible } from "../text.ts";
import { excerptOf, timeOf, type TranscriptFormat } from "./export_format.ts";
import type { TranscriptMessage } from "./export_transcript.ts";

const STYLE = `
:root { color-scheme: light dark; --ink: #22262b; --soft: #667080; --line: #dcdfe4; --paper: #fbfbfa;
  --quote: #eef0f2; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e3e6ea; --soft: #98a2b0; --line: #33383f; --paper: #17191c; --quote: #22262b; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif }
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 5rem }
h1 { font-size: 1.6rem; margin: 0 0 .25rem }
h2 { font-size: 1.25rem; margin: 3rem 0 0; overflow-wrap: anywhere }
h3 { font-size: .85rem; font-weight: 600; color: var(--soft); margin: 2rem 0 .75rem;
  border-bottom: 1px solid var(--line); padding-bottom: .35rem; position: sticky; top: 0;
  background: var(--paper); padding-top: .5rem }
p { margin: 0 } header p { color: var(--soft) }
article { display: grid; grid-template-columns: 4.6rem 1fr; gap: 0 .5rem; padding: .3rem 0 }
time { color: var(--soft); font-size: .8rem; padding-top: .2rem; font-variant-numeric: tabular-nums }
.who { font-weight: 600; overflow-wrap: anywhere }
.body { white-space: pre-wrap; overflow-wrap: anywhere }
.mark, .gone, .notice { color: var(--soft) } .emote { font-style: italic }
blockquote { margin: .15rem 0; padding: .1rem .6rem; background: var(--quote);
  border-left: 3px solid var(--line); color: var(--soft); font-size: .9rem; overflow-wrap: anywhere }
.reactions { margin-top: .2rem; font-size: .85rem } .reactions span { border: 1px solid var(--line);
  border-radius: 1rem; padding: .05rem .5rem; margin-right: .3rem; display: inline-block }
@media print { h3 { position: static } }
`;

/** The page's style is the one thing that its own policy allows, by its hash. */
const POLICY = `default-src 'none'; style-src 'sha256-${
  createHash("sha256").update(STYLE).digest("base64")
}'; base-uri 'none'; form-action 'none'`;

/** The HTML format. */
export const htmlFormat: TranscriptFormat = {
  head,
  room: (room) => `<section>\n<h2>${escaped(visible(room))}</h2>\n`,
  day: (day) => `<h3>${day}</h3>\n`,
  message,
  roomEnd: () => "</section>\n",
  end: () => "</main>\n</body>\n</html>\n",
};

function head({ made }: { readonly made: number }): string {
  const time = new Date(made).toISOString();
  return [
    "<!doctype html>",
    '<html lang="en">',
    "<head>",
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${POLICY}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    "<title>Chat history</title>",
    `<style>${STYLE}</style>`,
    "</head>",
    "<body>",
    "<main>",
    `<header><h1>Chat history</h1>\n<p>Made ${time}. Times are UTC.</p></header>`,
    "",
  ].join("\n");
}

function message(message: TranscriptMessage): string {
  const { timestamp, sender, kind, body, answers, edited, reactions } = message;
  const time = new Date(timestamp).toISOString();
  const name = `<span class="who">${isolated(visible(sender))}</span>`;
  const quoted = answers === undefined
    ? ""
    : `<blockquote>${isolated(visible(answers.sender))}: ${
      isolated(printable(excerptOf(answers.body)))
    }</blockquote>`;
  const style = kind === "m.emote" ? " emote" : kind === "m.notice" ? " notice" : "";
  const text = body === undefined
    ? '<p class="gone">taken back</p>'
    : `<p class="body${style}" dir="auto">${escaped(printable(body))}</p>`;
  const mark = edited === "edited" && body !== undefined ? ' <span class="mark">edited</span>' : "";
  const shown = reactions.map(([reaction, count]) => {
    return `<span>${isolated(visible(reaction))} ${count}</span>`;
  }).join("");
  const below = shown === "" ? "" : `<p class="reactions">${shown}</p>`;
  return `<article><time datetime="${time}">${timeOf(timestamp)}</time><div>` +
    `${name}${mark}${quoted}${text}${below}</div></article>\n`;
}

/** Text of somebody's own direction must not turn what stands beside it. */
function isolated(text: string): string {
  return `<bdi>${escaped(text)}</bdi>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
