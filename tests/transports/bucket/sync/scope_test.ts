/** What is shared and what is not. */
import assert from "node:assert/strict";
import { listFiles } from "../../../../src/transports/bucket/sync/listing.ts";
import { test } from "../../../harness/test.ts";
import { forever, World } from "./world.ts";

const DIRECT = "direct:ann@a,ben@a";

test("conversations of two stay here unless somebody shares them, and then all of them come", async () => {
  await using world = await World.make();
  await using bucket = await world.bucket();
  {
    await using a = await world.open("a", { direct: "keep" });
    await a.say("to everybody");
    await a.say("to ben alone", DIRECT);
    await a.push();
    const keys = (await Array.fromAsync(listFiles(bucket, {}, forever))).map(({ room }) => room);
    assert.deepEqual(keys, ["lobby"]);
  }
  await using a = await world.open("a", { direct: "share" });
  await a.push();
  {
    await using b = await world.open("b", { direct: "keep" });
    await b.pull();
    assert.deepEqual(await b.texts(), ["to everybody"]);
    assert.deepEqual(await b.texts(DIRECT), [], "who keeps does not take either");
  }
  await using b = await world.open("b", { direct: "share" });
  await b.pull();
  assert.deepEqual(await b.texts(DIRECT), ["to ben alone"], "what was passed over comes now");
});

test("only the rooms that are named are shared; other ones later", async () => {
  await using world = await World.make();
  await using a = await world.open("a");
  for (const room of ["one", "two", "three"]) await a.say(`in ${room}`, room);
  await a.push();
  {
    await using b = await world.open("b", { rooms: ["two"] });
    await b.pull();
    await b.say("b in one", "one");
    await b.say("b in two", "two");
    await b.push();
    assert.deepEqual(await b.texts("two"), ["b in two", "in two"]);
    assert.deepEqual(await b.texts("one"), ["b in one"]);
  }
  await a.pull();
  assert.deepEqual(await a.texts("one"), ["in one"]);
  await using b = await world.open("b");
  await b.push();
  await b.pull();
  for (let polls = 0; polls < 3; polls++) await a.pull();
  for (const room of ["one", "two", "three"]) {
    assert.deepEqual(await a.texts(room), await b.texts(room), room);
  }
});

test("a bucket with more rooms than a node may hold fills it no further", async () => {
  await using world = await World.make();
  await using a = await world.open("a");
  for (let room = 0; room < 10; room++) await a.say("hello", `room ${room}`);
  await a.push();
  await using b = await world.open("b", { maxRooms: 4 });
  await b.pull();
  assert.equal(b.history.rooms().length, 4);
  assert.equal(b.sync.status().lost, 6, "what is left alone is named");
});
