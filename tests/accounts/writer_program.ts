/**
 * A process that writes accounts, for tests that need a second one.
 *
 * `<folder> add <prefix> <count>` adds accounts one after the other and prints each name once it is
 * on disk; `<folder> race <name>` tries to take a name; `<folder> spend <code> <prefix> <count>`
 * registers with an invite as often as it lets; `<folder> hold` takes the lock and keeps it;
 * `<folder> wait <name>` adds an account and prints `waiting` whenever the lock is not free.
 */
import { join } from "node:path";
import { type Clock, systemClock } from "../../src/clock.ts";
import { WriteLock } from "../../src/accounts/lock.ts";
import { openRegistry } from "../../src/accounts/registry.ts";
import { systemRandom } from "../../src/accounts/random.ts";
import { open } from "./fixture.ts";

const [folder = "", task = "", ...rest] = Deno.args;
const accountsFolder = join(folder, "accounts");
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
/** 0, 1, 2, ... as letters: no two look alike. */
const letters = (number: number) =>
  [...String(number)].map((digit) => "abcdefghjk"[Number(digit)]).join("");

if (task === "hold") {
  const lock = await WriteLock.open(join(accountsFolder, "lock"), systemClock);
  await lock.hold(() => {
    say("held");
    return new Promise(() => setInterval(() => {}, 1_000_000));
  });
} else if (task === "spend") {
  const [code = "", prefix = "", count] = rest;
  const accounts = await open(folder, { registration: "invite" });
  for (let at = 0; at < Number(count); at++) {
    const name = `${prefix}${letters(at)}`;
    try {
      await accounts.register({ name, password: "123456", invite: code });
      say(name);
    } catch (error) {
      if (
        !(error instanceof Error && "code" in error && error.code === "accounts/invite-invalid")
      ) {
        throw error;
      }
    }
  }
  await accounts.close();
} else {
  const clock: Clock = task !== "wait" ? systemClock : {
    ...systemClock,
    after(ms, action) {
      // The lock pauses for less than that.
      if (ms < 500) say("waiting");
      return systemClock.after(ms, action);
    },
  };
  const { registry, close } = await openRegistry(accountsFolder, { clock, random: systemRandom });
  const [name = "", count] = rest;
  const names = task === "add"
    ? Array.from({ length: Number(count) }, (_, at) => `${name}${letters(at)}`)
    : [name];
  for (const one of names) {
    try {
      await registry.add({ name: one, password: undefined, role: "user" });
      say(one);
    } catch (error) {
      say(`refused ${error instanceof Error && "code" in error ? error.code : error}`);
    }
  }
  await close();
}
