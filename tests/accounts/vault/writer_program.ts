/**
 * A process that keeps a secret `<count>` times in the vault of `<folder>`, under the names
 * `<prefix>0` on, `<names>` different ones.
 */
import { systemRandom } from "../../../src/accounts/random.ts";
import { FileVault } from "../../../src/accounts/vault/file_vault.ts";
import { systemClock } from "../../../src/clock.ts";

const [folder = "", prefix = "", count = "0", names = count] = Deno.args;
const vault = new FileVault({ folder, clock: systemClock, random: systemRandom });
for (let at = 0; at < Number(count); at++) {
  await vault.set(`${prefix}${at % Number(names)}`, `secret ${at}`);
}
