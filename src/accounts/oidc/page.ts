/**
 * The page that a login through the browser ends with: one document, no script, nothing fetched.
 *
 * @module
 */
import { hash } from "node:crypto";

/** What the page says. */
export interface EndPage {
  readonly title: string;
  /** One or two sentences. */
  readonly text: string;
  /** Where to go on, on this very host; nowhere for none. */
  readonly link?: { readonly href: string; readonly text: string };
  /** To be copied as it stands. */
  readonly code?: string;
  /** A button that sends POST to `action`, perhaps with a field to fill in. */
  readonly form?: {
    readonly action: string;
    readonly button: string;
    readonly field?: { readonly name: string; readonly label: string };
  };
}

const STYLE = `
:root { color-scheme: light dark; --paper: #f6f5f1; --ink: #23262b; --soft: #666c75;
  --line: #d9d5ca; --mark: #2f7d6b; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #15171a; --ink: #e6e4df; --soft: #989ea8; --line: #2c3036; --mark: #6fc3ac; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem 1rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { width: 100%; max-width: 30rem; }
h1 { margin: 0 0 .5rem; font-size: 1.35rem; font-weight: 600; }
p { margin: 0; color: var(--soft); overflow-wrap: anywhere; }
a { color: var(--mark); }
form { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; }
form, a { margin-top: 1.4rem; display: inline-flex; }
pre { margin: 1rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere; font-size: .85rem; }
label { color: var(--soft); font-size: .9rem; }
input, button { font: inherit; padding: .45rem .7rem; border-radius: .5rem;
  border: 1px solid var(--line); background: transparent; color: inherit; }
`;

/** Headers that the page is sent with. The style sheet is named by its digest. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${
    hash("sha256", STYLE, "base64")
  }'; base-uri 'none'; frame-ancestors 'none'`,
  "Cache-Control": "no-store",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
};

/** The document; every text in it is escaped here. */
export function endPage({ title, text, code, link, form }: EndPage): string {
  const parts = [`<h1>${escaped(title)}</h1>`, `<p>${escaped(text)}</p>`];
  if (code !== undefined) parts.push(`<pre tabindex="0">${escaped(code)}</pre>`);
  if (form !== undefined) parts.push(formHtml(form));
  if (link !== undefined) parts.push(`<a href="${escaped(link.href)}">${escaped(link.text)}</a>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${parts.join("\n")}
</main>
</body>
</html>
`;
}

function formHtml({ action, button, field }: NonNullable<EndPage["form"]>): string {
  const input = field === undefined ? "" : `<label>${escaped(field.label)}<br>` +
    `<input name="${escaped(field.name)}" autocomplete="off" required></label>\n`;
  return `<form method="post" action="${escaped(action)}">\n${input}` +
    `<button>${escaped(button)}</button>\n</form>`;
}

/** For text between tags and in quoted attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
