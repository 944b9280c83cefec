/**
 * The text of the HTML that chat programs write into their logs: simple markup of one message, no
 * document. Nothing of it is ever shown as HTML again.
 *
 * @module
 */

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/** Tags gone, `<br>` a line end, the target of a link behind its text when the two differ. */
export function htmlText(html: string): string {
  return html
    .replace(/<br\s*\/?>/gi, "\n")
    .replace(/<a\s[^<>]{0,4096}?href="([^"<>]{0,4096})"[^<>]*>([^<>]*)<\/a>/gi, linkText)
    .replace(/<[^<>]*>/g, "")
    .replace(/&(#x[0-9a-f]{1,6}|#[0-9]{1,7}|[a-z]{2,6});/gi, entity)
    .replace(/\n+$/, "");
}

function linkText(_: string, target: string, text: string): string {
  return target === text || target === `mailto:${text}` ? text : `${text} (${target})`;
}

function entity(whole: string, name: string): string {
  if (!name.startsWith("#")) return NAMED[name.toLowerCase()] ?? whole;
  const code = /^#x/i.test(name) ? parseInt(name.slice(2), 16) : Number(name.slice(1));
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : whole;
}
