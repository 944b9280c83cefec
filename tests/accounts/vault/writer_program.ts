/** A process that keeps `<count>` secrets, `<prefix>0` on, in the vault of `<folder>`. */
import { systemRandom } from "../../../src/accounts/random.ts";
import { FileVault } from "../../../src/accounts/vault/file_vault.ts";
import { systemClock } from "../../../src/clock.ts";

const [folder = "", prefix = "", count = "0"] = Deno.args;
const vault = new FileVault({ folder, clock: systemClock, random: systemRandom });
for (let at = 0; at < Number(count); at++) await vault.set(`${prefix}${at}`, `secret ${at}`);
