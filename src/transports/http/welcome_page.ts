/**
 * The page at `/`: one document, no script, nothing fetched, light and dark by the reader's choice.
 *
 * @module
 */

/** One way to connect. */
export interface Section {
  readonly title: string;
  readonly text: string;
  /** To be copied as they stand. */
  readonly lines: readonly string[];
  /** An address to go to. */
  readonly link?: string;
}

/** The page's style sheet, apart from the page so that the policy can name its hash. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f5f1; --card: #fffefb; --ink: #23262b; --soft: #666c75;
  --line: #e3e0d8; --mark: #2f7d6b; --code: #efede6;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15171a; --card: #1c1f23; --ink: #e6e4df; --soft: #989ea8;
    --line: #2c3036; --mark: #6fc3ac; --code: #14161a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 2rem 1rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
main {
  width: 100%; max-width: 42rem; padding: clamp(1.5rem, 5vw, 3rem);
  background: var(--card); border: 1px solid var(--line); border-radius: 1rem;
}
header { display: flex; align-items: center; gap: .9rem; margin-bottom: 2rem; }
header span {
  width: .8rem; height: .8rem; border-radius: 50%; background: var(--mark);
  box-shadow: 0 0 0 .3rem color-mix(in srgb, var(--mark) 22%, transparent);
}
h1 { margin: 0; font-size: 1.35rem; font-weight: 600; overflow-wrap: anywhere; }
header p { margin: 0; color: var(--soft); }
section { padding: 1.1rem 0; border-top: 1px solid var(--line); }
h2 { margin: 0 0 .2rem; font-size: 1rem; font-weight: 600; }
a { color: var(--mark); }
section p { margin: 0; color: var(--soft); }
pre {
  margin: .7rem 0 0; padding: .7rem .9rem; overflow-x: auto;
  background: var(--code); border: 1px solid var(--line); border-radius: .5rem;
}
code { font: .85rem/1.7 ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
`;

const ICON = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E" +
  "%3Ccircle cx='8' cy='8' r='5' fill='%232f7d6b'/%3E%3C/svg%3E";

/** For text between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function sectionHtml({ title, text, lines, link }: Section): string {
  const code = lines.length === 0
    ? ""
    : `\n<pre tabindex="0"><code>${escapeHtml(lines.join("\n"))}</code></pre>`;
  const heading = link === undefined
    ? escapeHtml(title)
    : `<a href="${escapeHtml(link)}">${escapeHtml(title)}</a>`;
  return `<section>\n<h2>${heading}</h2>\n<p>${escapeHtml(text)}</p>${code}\n</section>`;
}

/** The document; `name` is escaped already. */
export function welcomePage(name: string, sections: readonly Section[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${name} &middot; chatnode</title>
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
<body>
<main>
<header><span></span><div><h1>${name}</h1><p>A chat node runs here.</p></div></header>
${sections.map(sectionHtml).join("\n")}
</main>
</body>
</html>
`;
}

/** The same for terminals. */
export function welcomeText(name: string, sections: readonly Section[]): string {
  const parts = sections.map(({ title, text, lines, link }) =>
    [
      title,
      `  ${text}`,
      ...[...lines, ...(link === undefined ? [] : [link])].map((line) => `    ${line}`),
    ].join("\n")
  );
  return [`${name}: a chat node runs here.`, ...parts].join("\n\n") + "\n";
}
