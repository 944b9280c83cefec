/** kill -9: what was acknowledged is there, in order, once. */
import assert from "node:assert/strict";
import { withDataFolder } from "../harness/data_folder.ts";
import { test } from "../harness/test.ts";
import { testSeed } from "./crash/random.ts";
import { crashAgainAndAgain } from "./crash/scenario.ts";

const KILLS = 50;

test(`${KILLS} kills under load lose nothing, double nothing, reorder nothing`, () =>
  withDataFolder(async (data) => {
    const seed = testSeed();
    console.log(`CHATNODE_TEST_SEED=${seed}`);
    const report = await crashAgainAndAgain({ data, seed, kills: KILLS });
    console.log(JSON.stringify(report));
    assert.ok(report.sealed > KILLS / 2, "files were being sealed all the time");
  }));
