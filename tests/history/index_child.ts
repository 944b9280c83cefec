/**
 * Follows a journal in small steps and says after each how far it is, until it is killed or done.
 * Arguments: the index's settings as JSON, the ends of the journal after each event as JSON.
 */
import { systemClock } from "../../src/clock.ts";
import { breathe } from "../../src/history/breather.ts";
import { comparePositions, type JournalEnd } from "../../src/history/index_follow.ts";
import { IndexService } from "../../src/history/index_service.ts";
import { systemRandom } from "../../src/history/random.ts";

const [settings = "", ends = ""] = Deno.args;
const service = new IndexService(JSON.parse(settings), {
  clock: systemClock,
  random: systemRandom,
  breathe,
});
const encoder = new TextEncoder();
const { position } = service.counts();
for (const end of JSON.parse(Deno.readTextFileSync(ends)) as JournalEnd[]) {
  if (comparePositions(end, position) < 0) continue;
  while ((await service.step(end)).progress === "building");
  Deno.stdout.writeSync(encoder.encode("step\n"));
}
Deno.stdout.writeSync(encoder.encode("done\n"));
