/** Every kind of damage is named with its file and its line; a sound history has no fault. */
import assert from "node:assert/strict";
import { join, relative } from "node:path";
import { openHistory } from "../../src/history/open.ts";
import { openReader } from "../../src/history/reader.ts";
import { verifyCatalogOnly, verifyHistory } from "../../src/history/verify.ts";
import type { VerifyFault } from "../../src/history/verify_report.ts";
import { appendAll } from "../conformance/history.ts";
import { appendTalk } from "./talk.ts";
import { TempFolder } from "./temp_folder.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

/** A history of sealed events and, after them, three that are not. */
async function makeHistory(dir: string): Promise<void> {
  const history = await openHistory({ dir });
  await appendTalk(history);
  await history.seal();
  await appendAll(history, ["one", "two", "three"]);
  await history.close();
}

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) files.push(...await filesBelow(path));
    else files.push(path);
  }
  return files.sort();
}

/** Where the file's first path that matches lies. */
async function find(dir: string, pattern: RegExp): Promise<string> {
  const found = (await filesBelow(dir)).find((path) => pattern.test(relative(dir, path)));
  assert.ok(found, `a file like ${pattern}`);
  return found;
}

async function flip(path: string, at: number): Promise<void> {
  const bytes = await Deno.readFile(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x04;
  await Deno.writeFile(path, bytes);
}

Deno.test("a sound history has no fault, sealed or not", strict, async () => {
  await using folder = await TempFolder.make();
  await makeHistory(folder.path);
  const report = await verifyHistory({ dir: folder.path });
  assert.deepEqual(report.faults, []);
  assert.deepEqual(
    [report.rooms, report.events, report.verified, report.unsealed, report.unknownSigner],
    [2, 15, 12, 3, 0],
  );
});

const DAMAGE: readonly {
  readonly why: string;
  readonly file: RegExp;
  /** Where the byte is flipped, from the file's text. */
  readonly at: (text: string) => number;
  readonly expect: { readonly line?: number; readonly code: string };
}[] = [
  {
    why: "a word of an unsealed message: its checksum tells",
    file: /journal\/\d+\.jsonl$/,
    at: (text) => text.indexOf('"two"') + 2,
    expect: { line: 2, code: "verify/checksum" },
  },
  {
    why: "the end of an unsealed line, though both of its lines are read",
    file: /journal\/\d+\.jsonl$/,
    at: (text) => text.indexOf("\n"),
    expect: { line: 1, code: "verify/checksum" },
  },
  {
    why: "the last line end of a journal",
    file: /journal\/\d+\.jsonl$/,
    at: (text) => text.length - 1,
    expect: { line: 3, code: "verify/checksum" },
  },
  {
    why: "a word of a sealed message: its signature tells",
    file: /rooms\/lobby\/logs\/.*\.jsonl$/,
    at: (text) => text.indexOf("waves") + 1,
    expect: { line: 3, code: "verify/signature" },
  },
  {
    why: "a brace of a sealed line: it is no event any more",
    file: /rooms\/lobby\/logs\/.*\.jsonl$/,
    at: (text) => text.indexOf("\n") + 1,
    expect: { line: 2, code: "verify/line" },
  },
  {
    why: "a byte that is no UTF-8 any more does not hide its line either",
    file: /rooms\/direct.*\/logs\/.*\.jsonl$/,
    at: (text) => text.indexOf("just us"),
    expect: { line: 1, code: "verify/signature" },
  },
  {
    why: "the end of a line: two events stand on one",
    file: /rooms\/lobby\/logs\/.*\.jsonl$/,
    at: (text) => text.indexOf("\n"),
    expect: { code: "verify/count" },
  },
  {
    why: "a room's description",
    file: /rooms\/lobby\/metadata\.json$/,
    at: (text) => text.indexOf("lobby"),
    expect: { line: 1, code: "verify/metadata" },
  },
  {
    why: "the public record of the device",
    file: /keys\/[a-z2-7]{16}\.json$/,
    at: (text) => text.indexOf("public_key") + 20,
    expect: { code: "verify/key" },
  },
];

for (const { why, file, at, expect } of DAMAGE) {
  Deno.test(`a flipped byte is named: ${why}`, strict, async () => {
    await using folder = await TempFolder.make();
    await makeHistory(folder.path);
    const path = await find(folder.path, file);
    const place = at(await Deno.readTextFile(path));
    assert.ok(place >= 0);
    await flip(path, place);
    const { faults } = await verifyHistory({ dir: folder.path });
    const name = relative(folder.path, path);
    const named = faults.some((fault: VerifyFault) =>
      fault.file === name && fault.code === expect.code && fault.line === expect.line
    );
    assert.ok(named, JSON.stringify(faults, null, 2));
  });
}

Deno.test("any flipped byte of the events is a fault", strict, async () => {
  await using folder = await TempFolder.make();
  await makeHistory(folder.path);
  for (const pattern of [/journal\/\d+\.jsonl$/, /rooms\/lobby\/logs\/.*\.jsonl$/]) {
    const path = await find(folder.path, pattern);
    const { length } = (await Deno.readTextFile(path)).trimEnd();
    for (let at = 0; at < length; at += 97) {
      await flip(path, at);
      const { faultCount } = await verifyHistory({ dir: folder.path });
      assert.ok(faultCount > 0, `byte ${at} of ${path}`);
      await flip(path, at);
    }
  }
});

Deno.test("a damaged catalog is named line by line", strict, async () => {
  await using folder = await TempFolder.make();
  await makeHistory(folder.path);
  const path = join(folder.path, "history/catalog.jsonl");
  const text = await Deno.readTextFile(path);
  await flip(path, text.lastIndexOf("lobby"));
  await assert.rejects(() => verifyHistory({ dir: folder.path }), { code: "history/corrupt" });
  const { faults } = await verifyCatalogOnly(folder.path);
  assert.deepEqual(faults.map(({ file, line, code }) => [file, line, code]), [
    ["history/catalog.jsonl", 3, "verify/checksum"],
  ]);
});

Deno.test("a lost segment, a strange one and a cut one are named", strict, async () => {
  await using folder = await TempFolder.make();
  await makeHistory(folder.path);
  const lobby = await find(folder.path, /rooms\/lobby\/logs\/.*\.jsonl$/);
  const direct = await find(folder.path, /rooms\/direct.*\/logs\/.*\.jsonl$/);
  const strange = lobby.replace(/messages_\d+_\d+/, "messages_1_2");
  await Deno.copyFile(lobby, strange);
  const text = await Deno.readTextFile(lobby);
  await Deno.writeTextFile(lobby, text.slice(0, text.lastIndexOf("\n", text.length - 2) + 1));
  await Deno.remove(direct);
  const { faults } = await verifyHistory({ dir: folder.path });
  const named = new Set(faults.map(({ file, code }) => `${file} ${code}`));
  const name = (path: string) => relative(folder.path, path);
  for (
    const expected of [
      `${name(direct)} verify/lost`,
      `${name(strange)} verify/unknown-file`,
      `${name(lobby)} verify/count`,
      `${name(lobby)} verify/hash`,
    ]
  ) assert.ok(named.has(expected), `${expected} in ${JSON.stringify(faults, null, 2)}`);
});

Deno.test("an event left out of a rewritten segment breaks the chain", strict, async () => {
  await using folder = await TempFolder.make();
  await makeHistory(folder.path);
  const lobby = await find(folder.path, /rooms\/lobby\/logs\/.*\.jsonl$/);
  const lines = (await Deno.readTextFile(lobby)).split("\n");
  await Deno.writeTextFile(lobby, [...lines.slice(0, 2), ...lines.slice(3)].join("\n"));
  const { faults } = await verifyHistory({ dir: folder.path });
  assert.ok(faults.some(({ code }) => code === "verify/chain-gap"), JSON.stringify(faults));
});

Deno.test("a history that is written, sealed and read meanwhile has no fault", strict, async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path, journalBytes: 20_000 });
  let rounds = 0;
  const writing = (async () => {
    for (; rounds < 60; rounds++) {
      await appendAll(history, Array.from({ length: 20 }, (_, each) => `text ${rounds} ${each}`));
    }
  })();
  await appendAll(history, ["first"]);
  while (rounds < 60) {
    const { faults } = await verifyHistory({ dir: folder.path });
    assert.deepEqual(faults, []);
  }
  await writing;
  await history.seal();
  const report = await verifyHistory({ dir: folder.path });
  assert.deepEqual([report.faults.length, report.verified], [0, 1201]);
  await history.close();
  (await openReader({ dir: folder.path })).close();
});

Deno.test("what lingers beside the segments is checked as well", strict, async () => {
  await using folder = await TempFolder.make();
  const history = await openHistory({ dir: folder.path });
  await appendTalk(history);
  const { journals } = history.parts.layout;
  const journal = join(journals, "00000001.jsonl");
  await history.parts.writer.rotate();
  const bytes = await Deno.readFile(journal);
  await history.seal();
  await history.close();
  const catalog = join(folder.path, "history/catalog.jsonl");
  assert.deepEqual((await verifyHistory({ dir: folder.path })).faults, []);

  // A sealed journal file stays until the search index has read it.
  await Deno.writeFile(journal, bytes);
  assert.deepEqual((await verifyHistory({ dir: folder.path })).faults, []);
  await flip(journal, 20);
  const named = (await verifyHistory({ dir: folder.path })).faults;
  assert.deepEqual(named.map(({ file, line, code }) => [file, line, code]), [
    ["history/journal/00000001.jsonl", 1, "verify/checksum"],
  ]);
  await Deno.writeFile(journal, bytes);
  const lines = (await Deno.readTextFile(catalog)).split("\n").length - 1;
  await flip(catalog, (await Deno.stat(catalog)).size - 1);
  const torn = (await verifyHistory({ dir: folder.path })).faults;
  assert.ok(torn.some(({ file, line }) => file === "history/catalog.jsonl" && line === lines));
});
