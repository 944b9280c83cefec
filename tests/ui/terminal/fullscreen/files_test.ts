/** Files that go from client to client, on the full screen. */
import assert from "node:assert/strict";
import type { FileEvent } from "../../../../src/ui/terminal/file_news.ts";
import { test } from "../../../harness/test.ts";
import { Stage, StagedSession } from "./stage.ts";

const OFFER: FileEvent = {
  ...{ kind: "file", id: "3", room: "direct:alice@here,bob@here", direction: "in" },
  ...{ state: "offered", who: { address: "bob@here", name: "bob" }, name: "notes.txt" },
  ...{ mediaType: "text/plain", size: 5_000, done: 0 },
};

test("files: an offer calls, wherever one looks, and says how to answer it", async () => {
  const answers: string[] = [];
  const session = new StagedSession();
  const answer = (what: string) => (id?: string) => {
    answers.push(`${what} ${id}`);
    return Promise.resolve();
  };
  Object.assign(session, {
    files: {
      send: () => Promise.reject(new Error("nothing is sent here")),
      offers: { accept: answer("accept"), decline: answer("decline"), cancel: answer("cancel") },
    },
  });
  await using stage = await Stage.open([session], { columns: 90, rows: 12 });
  session.tell(OFFER);
  await stage.shows(/bob +1!/);
  stage.enter("/chat bob");
  await stage.shows(/bob offers a file: notes.txt \(4.9 KiB, text\/plain\)[^]*\/file accept 3/);
  stage.enter("/file accept 3");
  stage.enter("/file cancel");
  await stage.settle();
  assert.deepEqual(answers, ["accept 3", "cancel undefined"]);
  session.tell({ ...OFFER, state: "running", done: 2_600 });
  await stage.shows(/notes.txt from bob: 50 %/);
  session.tell({ ...OFFER, state: "done", done: 5_000, path: "/saved/notes.txt" });
  await stage.shows(/Kept as \/saved\/notes.txt/);
  session.tell({ ...OFFER, state: "failed", text: "Cannot transfer the file: it was declined" });
  await stage.shows(/notes.txt: Cannot transfer the file: it was[^]*declined\./);
});
