/** What is said of files that go from client to client. */
import assert from "node:assert/strict";
import { type FileEvent, FileNews } from "../../../src/ui/terminal/file_news.ts";
import { sizeOf } from "../../../src/ui/terminal/sizes.ts";
import { test } from "../../harness/test.ts";

const OFFER: FileEvent = {
  ...{ kind: "file", id: "3", room: "xmpp:a@x/b@x", direction: "in", state: "offered" },
  ...{ who: { address: "b@x", name: "Bob" }, name: "notes.txt", mediaType: "text/plain" },
  ...{ size: 5_000, done: 0 },
};

/** The lines for what happens one after the other. */
function lines(...changes: readonly Partial<FileEvent>[]): (string | undefined)[] {
  const news = new FileNews();
  return changes.map((change) => news.line({ ...OFFER, ...change })?.text);
}

test("file news: an offer says how to answer it", () => {
  assert.deepEqual(lines({}, { direction: "out" }), [
    "Bob offers a file: notes.txt (4.9 KiB, text/plain). /file accept 3 takes it, /file decline 3 " +
    "does not.",
    "notes.txt is offered to Bob. /file cancel 3 takes that back.",
  ]);
});

test("file news: each quarter once", () => {
  const running = (done: number): Partial<FileEvent> => ({ state: "running", done });
  assert.deepEqual(lines(...[0, 1_000, 1_250, 1_300, 2_600, 4_000, 4_999, 5_000].map(running)), [
    ...[undefined, undefined, "notes.txt from Bob: 25 %.", undefined],
    ...["notes.txt from Bob: 50 %.", "notes.txt from Bob: 75 %.", undefined, undefined],
  ]);
});

test("file news: ends, those of what is sent by who sends it", () => {
  const failed = { state: "failed", text: "Cannot transfer the file: it was declined" } as const;
  assert.deepEqual(
    lines({ state: "done", path: "/f/notes.txt" }, failed, { ...failed, direction: "out" }, {
      ...{ state: "done", direction: "out" },
    }),
    [
      "Kept as /f/notes.txt.",
      "notes.txt: Cannot transfer the file: it was declined",
      ...[undefined, undefined],
    ],
  );
});

test("file news: nothing drives a terminal", () => {
  const [line] = lines({
    name: "a\u001b[31mb",
    mediaType: "x\u202e",
    who: { address: "b", name: "\n" },
  });
  // deno-lint-ignore no-control-regex -- that none of them is left
  assert.ok(!/[\u0000-\u001f\u202e]/.test(line ?? "\n"), line ?? "");
});

const SIZES: readonly (readonly [number, string])[] = [
  ...[[0, "0 bytes"], [1, "1 byte"], [1_023, "1023 bytes"], [1_024, "1.0 KiB"]] as const,
  ...[[5 * 1_024 ** 2, "5.0 MiB"], [1_024 ** 3 * 1.5, "1.5 GiB"], [
    2 ** 60,
    "1048576.0 TiB",
  ]] as const,
];

for (const [bytes, text] of SIZES) {
  test(`size: ${text}`, () => assert.equal(sizeOf(bytes), text));
}
