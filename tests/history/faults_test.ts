/** Disks that are full, fail, or are slow. */
import assert from "node:assert/strict";
import type { Appended, HistoryHealth } from "../../src/history/contract.ts";
import { openHistory } from "../../src/history/open.ts";
import { appendAll, draft, texts } from "../conformance/history.ts";
import { eventually } from "../harness/eventually.ts";
import { FaultyFiles, osError } from "./faulty_files.ts";
import { TempFolder } from "./temp_folder.ts";

for (
  const [code, expected] of [
    ["ENOSPC", "history/full"],
    ["EDQUOT", "history/full"],
    ["EIO", "history/io"],
  ] as const
) {
  Deno.test(`${code}: refused, rolled back, told, and resumed by itself`, async () => {
    await using folder = await TempFolder.make();
    const files = new FaultyFiles();
    const history = await openHistory({ dir: folder.path, files });
    const turns: HistoryHealth[] = [];
    history.onHealth((health) => turns.push(health));
    await appendAll(history, ["a", "b"]);
    await history.append(draft("keyed before", { key: "k0" }));

    files.commitError = osError(code);
    const refused = await Promise.allSettled([
      history.append(draft("lost 1", { key: "k1" })),
      history.append(draft("lost 2", { sender: "bob@node" })),
      history.append(draft("lost 3", { room: "new room" })),
    ]);
    for (const result of refused) {
      assert.equal(result.status === "rejected" && result.reason.code, expected);
    }
    assert.deepEqual(history.health(), turns[0]);
    const health = history.health();
    assert.equal(!health.writable && health.code, expected);
    await assert.rejects(() => history.append(draft("lost 4")), { code: expected });
    assert.equal(history.room("lobby").next, 3);
    assert.deepEqual(texts(await history.read("lobby", 0, 10)), ["a", "b", "keyed before"]);

    files.commitError = undefined;
    await eventually("it takes events again", () => history.health().writable);
    assert.equal(turns.length, 2);
    const known = await history.append(draft("keyed before", { key: "k0" }));
    assert.equal(known.duplicate, true);
    const { stored, duplicate } = await history.append(draft("kept", { key: "k1" }));
    assert.deepEqual([stored.offset, stored.event.content.chatnode?.seq, duplicate], [3, 4, false]);
    const [bob] = await appendAll(history, ["kept too"], { sender: "bob@node" });
    assert.equal(bob?.event.content.chatnode?.seq, 1);
    await history.close();

    const again = await openHistory({ dir: folder.path });
    const all = ["a", "b", "keyed before", "kept", "kept too"];
    assert.deepEqual(texts(await again.read("lobby", 0, 10)), all);
    assert.deepEqual(again.rooms().map(({ room }) => room), ["lobby"]);
    await again.close();
  });
}

Deno.test("the next append finds out that the disk is well again", async () => {
  await using folder = await TempFolder.make();
  const files = new FaultyFiles();
  const history = await openHistory({ dir: folder.path, files, random: still });
  files.commitError = osError("ENOSPC");
  await assert.rejects(() => history.append(draft("a")));
  files.commitError = undefined;
  const stored = await eventually("an append is taken", async () => {
    return await history.append(draft("b")).catch(() => undefined);
  });
  assert.equal(stored.stored.offset, 0);
  await history.close();
});

const still = {
  uuid: () => crypto.randomUUID(),
  fill: (bytes: Uint8Array<ArrayBuffer>) => void crypto.getRandomValues(bytes),
  fraction: () => 0.5,
};

Deno.test("what was refused stays away even when it could not be cut off at once", async () => {
  await using folder = await TempFolder.make();
  const files = new FaultyFiles();
  const history = await openHistory({ dir: folder.path, files });
  await appendAll(history, ["a"]);
  files.commitError = files.truncateError = osError("EIO");
  await assert.rejects(() => history.append(draft("lost")), { code: "history/io" });
  files.commitError = undefined;
  await assert.rejects(() => history.append(draft("lost too")), { code: "history/io" });
  files.truncateError = undefined;
  await eventually("it takes events again", () => history.health().writable);
  await appendAll(history, ["b"]);
  await history.close();
  const again = await openHistory({ dir: folder.path });
  assert.deepEqual(texts(await again.read("lobby", 0, 10)), ["a", "b"]);
  await again.close();
});

Deno.test("a store that is closed while the disk fails keeps what it acknowledged", async () => {
  await using folder = await TempFolder.make();
  const files = new FaultyFiles();
  const history = await openHistory({ dir: folder.path, files });
  await appendAll(history, ["a", "b"]);
  files.commitError = osError("ENOSPC");
  await assert.rejects(() => history.append(draft("lost")));
  await history.close();
  const again = await openHistory({ dir: folder.path });
  assert.deepEqual(texts(await again.read("lobby", 0, 10)), ["a", "b"]);
  await again.close();
});

Deno.test("too much waiting is refused, and what waits is stored", async () => {
  await using folder = await TempFolder.make();
  const files = new FaultyFiles();
  const history = await openHistory({ dir: folder.path, files, waitingBytes: 100_000 });
  const gate = Promise.withResolvers<void>();
  files.gate = gate.promise;
  const results: Promise<Appended>[] = [];
  for (let count = 0; count < 200; count++) results.push(history.append(draft("x".repeat(1_000))));
  const settled = Promise.allSettled(results);
  gate.resolve();
  const taken = (await settled).filter(({ status }) => status === "fulfilled").length;
  assert.ok(taken > 50 && taken < 110, `${taken} were taken`);
  for (const result of await settled) {
    if (result.status === "rejected") assert.equal(result.reason.code, "history/busy");
  }
  assert.deepEqual(history.health(), { writable: true });
  assert.equal(history.room("lobby").next, taken);
  await history.append(draft("after"));
  await history.close();
});

Deno.test("a next journal file that cannot be made costs nothing", async () => {
  await using folder = await TempFolder.make();
  const files = new FaultyFiles();
  const history = await openHistory({ dir: folder.path, files, journalBytes: 2_000 });
  files.openError = osError("EMFILE");
  const bodies = Array.from({ length: 30 }, (_, index) => `text ${index}`);
  for (const body of bodies) await history.append(draft(body));
  assert.equal(history.parts.journals.files.length, 1);
  await assert.rejects(() => history.seal(), { code: "history/io" });
  files.openError = undefined;
  await history.append(draft("last"));
  await history.seal();
  assert.deepEqual(texts(await history.read("lobby", 0, 100)), [...bodies, "last"]);
  await history.close();
});

Deno.test({
  name: "a disk that is really full: refused, then resumed, nothing lost, nothing twice",
  ignore: Deno.uid() !== 0,
  async fn() {
    await using folder = await TempFolder.make();
    const mounted = await new Deno.Command("mount", {
      args: ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder.path],
    }).output();
    if (!mounted.success) {
      console.log("skipped: this machine lets nobody mount a tmpfs");
      return;
    }
    try {
      await fillUp(folder.path);
    } finally {
      await new Deno.Command("umount", { args: ["-l", folder.path] }).output();
    }
  },
});

async function fillUp(dir: string): Promise<void> {
  const history = await openHistory({ dir, journalBytes: 300_000 });
  const acked: string[] = [];
  const ballast = `${dir}/ballast`;
  await Deno.writeFile(ballast, new Uint8Array(600_000));
  const refused = await eventually("the disk is full", async () => {
    const body = `${acked.length} ${"x".repeat(3_000)}`;
    try {
      await history.append(draft(body, { key: `key ${acked.length}` }));
      acked.push(body);
      return undefined;
    } catch (error) {
      return error as { code: string };
    }
  });
  assert.equal(refused.code, "history/full");
  assert.equal(history.health().writable, false);
  assert.equal(history.room("lobby").next, acked.length);
  await Deno.remove(ballast);
  await eventually("there is space again", () => history.health().writable);
  const body = "after";
  await history.append(draft(body, { key: "after" }));
  acked.push(body);
  await history.close();
  const again = await openHistory({ dir });
  assert.deepEqual(texts(await again.read("lobby", 0, 1000)), acked);
  await again.close();
}
