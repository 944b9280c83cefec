/** Forty seconds of what `deno task soak` does for ten minutes. */
import { testSeed } from "../../../process/crash/random.ts";
import { chaos } from "./chaos.ts";

Deno.test("three writers on a failing bucket end up with the same, one killed all the time", async () => {
  const seed = testSeed();
  console.log(`CHATNODE_TEST_SEED=${seed}`);
  const report = await chaos({ seed, durationMs: 40_000, oneIn: 8 });
  console.log(JSON.stringify(report));
});
