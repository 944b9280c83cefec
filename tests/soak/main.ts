/**
 * `deno task soak [KILLS]`: what the tests do for a minute, for long. Each round kills a loaded
 * server as often as said (1,000 times unless said otherwise) and holds it to its promises.
 *
 * `deno task soak sync [MINUTES]`: three writers share a bucket that fails all the time, for as long
 * as said (10 minutes unless said otherwise); then all three hold the same.
 *
 * @module
 */
import { testSeed } from "../process/crash/random.ts";
import { crashAgainAndAgain } from "../process/crash/scenario.ts";
import { chaos } from "../transports/bucket/sync/chaos.ts";

const USUAL_KILLS = 1_000;
const USUAL_MINUTES = 10;

async function main([first, second]: readonly string[]): Promise<number> {
  return first === "sync"
    ? await soakSync(Number(second ?? USUAL_MINUTES))
    : await soakServer(Number(first ?? USUAL_KILLS));
}

async function soakServer(kills: number): Promise<number> {
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

async function soakSync(minutes: number): Promise<number> {
  if (!(minutes > 0 && minutes <= 24 * 60)) {
    console.error("Cannot soak: the minutes have to be a number from 0 to 1440");
    return 2;
  }
  const seed = testSeed();
  console.log(`CHATNODE_TEST_SEED=${seed}, ${minutes} minutes`);
  const report = await chaos({
    ...{ seed, durationMs: minutes * 60_000, oneIn: 8 },
    onRound: ({ acked, kills, restarts }) => {
      if (restarts % 50 === 0) console.log(`${acked} messages, ${kills} kills, ${restarts} lives`);
    },
  });
  console.log(JSON.stringify(report));
  return 0;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
