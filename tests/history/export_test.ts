/** What is carried away: signed lines that come back as they were, and texts that mean no harm. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { exportLines } from "../../src/history/export.ts";
import type { TranscriptFormat } from "../../src/history/export_format.ts";
import { htmlFormat } from "../../src/history/export_html.ts";
import { markdownFormat } from "../../src/history/export_markdown.ts";
import { textFormat } from "../../src/history/export_text.ts";
import { exportTranscripts } from "../../src/history/export_transcripts.ts";
import {
  exportDeviceRecords,
  importLines,
  type ImportOptions,
  keepDeviceRecords,
  readDeviceRecords,
} from "../../src/history/import.ts";
import { readDevice, readPublicKeys } from "../../src/history/keys.ts";
import { createLayout } from "../../src/history/layout.ts";
import { openHistory } from "../../src/history/open.ts";
import { openReader } from "../../src/history/reader.ts";
import { verifyHistory } from "../../src/history/verify.ts";
import { appendAll } from "../conformance/history.ts";
import { appendTalk } from "./talk.ts";
import { TempFolder } from "./temp_folder.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

async function linesOf(
  dir: string,
  selection: Parameters<typeof exportLines>[1] = {},
): Promise<string> {
  const reader = await openReader({ dir });
  try {
    const device = await readDevice(reader.layout);
    return (await Array.fromAsync(exportLines({ reader, device }, selection))).join("");
  } finally {
    reader.close();
  }
}

async function transcript(dir: string, format: TranscriptFormat): Promise<string> {
  const reader = await openReader({ dir });
  try {
    const device = await readDevice(reader.layout);
    const options = { reader, device, format, selection: {}, made: 0 };
    return (await Array.fromAsync(exportTranscripts(options))).join("");
  } finally {
    reader.close();
  }
}

type Import = Partial<Pick<ImportOptions, "trust" | "keys">>;

async function importInto(dir: string, text: string, options: Import = {}) {
  const history = await openHistory({ dir });
  try {
    return await importLines({
      history,
      source: (async function* () {
        const bytes = new TextEncoder().encode(text);
        for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
      })(),
      keys: await readPublicKeys(createLayout(dir)),
      trust: "signed",
      now: Date.now(),
      signal: new AbortController().signal,
      ...options,
    });
  } finally {
    await history.close();
  }
}

Deno.test("what is not sealed is exported with the signature that it gets", strict, async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path });
  await appendTalk(history);
  await history.seal();
  await appendAll(history, ["late", "later"]);
  const before = await linesOf(folder.path);
  assert.ok(!before.includes('"signature":null'));
  await history.seal();
  assert.equal(await linesOf(folder.path), before);
  await history.close();
});

Deno.test("an export comes back as it was, once", strict, async () => {
  await using from = await TempFolder.make();
  await using to = await TempFolder.make();
  const history = await openHistory({ dir: from.path });
  await appendTalk(history);
  await history.close();
  const exported = await linesOf(from.path);
  const records = await exportDeviceRecords(createLayout(from.path));
  (await openHistory({ dir: to.path })).close();
  await keepDeviceRecords(createLayout(to.path), readDeviceRecords(records));

  assert.deepEqual(await importInto(to.path, exported), { stored: 12, known: 0, refused: [] });
  assert.equal(await linesOf(to.path), exported);
  assert.deepEqual(await importInto(to.path, exported), { stored: 0, known: 12, refused: [] });
  const opened = await openHistory({ dir: to.path });
  await opened.seal();
  await opened.close();
  const report = await verifyHistory({ dir: to.path });
  assert.deepEqual([report.faults, report.verified], [[], 12]);
});

Deno.test("lines that nobody vouches for are refused by number", strict, async () => {
  await using from = await TempFolder.make();
  await using to = await TempFolder.make();
  const history = await openHistory({ dir: from.path });
  await appendAll(history, ["one", "two", "three"]);
  await history.close();
  const exported = await linesOf(from.path);
  const lines = exported.split("\n");

  const unknown = await importInto(to.path, exported);
  assert.deepEqual(unknown.refused.map(({ line, code }) => [line, code]), [
    [1, "import/unknown-signer"],
    [2, "import/unknown-signer"],
    [3, "import/unknown-signer"],
  ]);
  const keys = await readPublicKeys(createLayout(from.path));
  const mixed = [lines[0], lines[1]?.replace("two", "2wo"), "{}", "", "no JSON", lines[2]].join(
    "\n",
  );
  const report = await importInto(to.path, mixed, { keys });
  assert.equal(report.stored, 2);
  assert.deepEqual(report.refused.map(({ line }) => line), [2, 3, 5]);
  assert.equal(report.refused[0]?.code, "import/signature");
});

Deno.test("lines without a key are taken when that is asked for", strict, async () => {
  await using to = await TempFolder.make();
  const vectors = JSON.parse(
    await Deno.readTextFile(join(import.meta.dirname ?? "", "../message/bucket_vectors.json")),
  );
  const line = JSON.stringify(vectors.vectors[0].event);
  assert.equal((await importInto(to.path, line)).stored, 0);
  assert.equal((await importInto(to.path, line, { trust: "insecure-unverified" })).stored, 1);
});

Deno.test("a selection by room and time", strict, async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path });
  const events = await appendTalk(history);
  await history.close();
  const direct = await linesOf(folder.path, { room: "direct:alice@node,bob@node" });
  assert.equal(direct.split("\n").length, 2);
  const last = events.at(-1)?.event.timestamp_ms ?? 0;
  assert.equal(await linesOf(folder.path, { since: last + 1 }), "");
  assert.equal(await linesOf(folder.path, { until: last + 1 }), await linesOf(folder.path));
});

const FORMATS: readonly (readonly [name: string, format: TranscriptFormat])[] = [
  ["text", textFormat],
  ["markdown", markdownFormat],
  ["html", htmlFormat],
];

for (const [name, format] of FORMATS) {
  Deno.test(`the ${name} transcript is as its golden file`, strict, async () => {
    await using folder = await TempFolder.make();
    const history = await openHistory({ dir: folder.path });
    await appendTalk(history);
    await history.close();
    const text = (await transcript(folder.path, format))
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
      .replace(/\d{4}-\d\d-\d\d/g, "<day>")
      .replace(/\d\d:\d\d:\d\d/g, "<clock>");
    const golden = join(import.meta.dirname ?? "", "golden", `talk_${name}.golden`);
    assert.equal(text, await Deno.readTextFile(golden));
  });

  Deno.test(`the ${name} transcript shows nothing that was taken back`, strict, async () => {
    await using folder = await TempFolder.make();
    const history = await openHistory({ dir: folder.path });
    await appendTalk(history);
    await history.close();
    const text = await transcript(folder.path, format);
    assert.ok(!text.includes("slipped") && !text.includes("forged"));
    assert.ok(text.includes("good evening") && !text.includes("good morning"));
    // deno-lint-ignore no-control-regex -- that none is left
    assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f\u0080-\u009f\u202e]/);
  });
}

Deno.test("no message makes an element, an attribute or a heading", strict, async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path });
  await appendTalk(history);
  await history.close();
  const html = await transcript(folder.path, htmlFormat);
  const body = html.slice(html.indexOf("<main>"));
  const names = new Set(Array.from(body.matchAll(/<([a-z0-9]+)/gi), ([, each]) => each));
  const own = ["main", "header", "h1", "p", "section", "h2", "h3", "article", "time", "div"];
  const inner = ["span", "bdi", "blockquote"];
  assert.deepEqual([...names].filter((each) => ![...own, ...inner].includes(each ?? "")), []);
  const markdown = await transcript(folder.path, markdownFormat);
  const headings = markdown.split("\n").filter((line) => /^\s{0,3}#/.test(line));
  assert.equal(headings.length, 5);
  assert.doesNotMatch(markdown, /^( {4}|\t)/m);
});
