/**
 * `deno task soak [KILLS]`: what the tests do for a minute, for long. Each round kills a loaded
 * server as often as said (1,000 times unless said otherwise) and holds it to its promises.
 *
 * @module
 */
import { testSeed } from "../process/crash/random.ts";
import { crashAgainAndAgain } from "../process/crash/scenario.ts";

const USUAL_KILLS = 1_000;

async function main(args: readonly string[]): Promise<number> {
  const kills = Number(args[0] ?? USUAL_KILLS);
  if (!Number.isSafeInteger(kills) || kills < 1) {
    console.error("Cannot soak: the number of kills has to be a positive integer");
    return 2;
  }
  const seed = testSeed();
  const data = await Deno.makeTempDir({ prefix: "chatnode_soak_" });
  console.log(`CHATNODE_TEST_SEED=${seed}, ${kills} kills, in ${data}`);
  const report = await crashAgainAndAgain({
    data,
    seed,
    kills,
    onKill: (count) => {
      if (count % 50 === 0) console.log(`${count} kills`);
    },
  });
  console.log(JSON.stringify(report));
  // Whatever fails leaves the folder for those who have to find out why.
  await Deno.remove(data, { recursive: true });
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
