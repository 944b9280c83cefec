/** Failed logins: what a guesser may do, and that nobody else pays for it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Delays } from "../../src/accounts/delays.ts";
import { partyOf } from "../../src/accounts/remote.ts";
import { Throttle, throttleRules } from "../../src/accounts/throttle.ts";
import { deriveScrypt } from "../../src/accounts/passwords.ts";
import { inFolder, open, QUICK, rejects } from "./fixture.ts";
import { ManualClock } from "../harness/manual_clock.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };
const MINUTE = 60_000;
const RULES = throttleRules(5, 15 * MINUTE);

/** Tries until it has to wait; returns how often it could try, and the wait. */
function exhaust(throttle: Throttle, name: string, address?: string): [number, number] {
  for (let tries = 0;; tries++) {
    const attempt = throttle.begin(name, address);
    if (typeof attempt === "number") return [tries, attempt];
    assert.ok(tries < 10_000, "no end");
  }
}

function succeed(throttle: Throttle, name: string, address: string): void {
  const attempt = throttle.begin(name, address);
  assert.ok(typeof attempt !== "number", `has to wait ${attempt} ms`);
  attempt.succeeded();
}

Deno.test("guessing one password from one address slows down at once", strict, () => {
  const clock = new ManualClock();
  const throttle = new Throttle(clock, RULES);
  assert.deepEqual(exhaust(throttle, "alice", "192.0.2.1"), [6, 1000]);
  const waits: number[] = [];
  for (let times = 0; times < 10; times++) {
    const wait = throttle.begin("alice", "192.0.2.1");
    assert.ok(typeof wait === "number");
    waits.push(wait / 1000);
    clock.advance(wait - 1);
    assert.equal(throttle.begin("alice", "192.0.2.1"), 1, "not a millisecond early");
    clock.advance(1);
    assert.equal(typeof throttle.begin("alice", "192.0.2.1"), "object");
  }
  assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]);
  assert.equal(throttle.begin("alice", "192.0.2.1"), 15 * MINUTE, "the longest");
});

Deno.test("many at once are no way around", strict, () => {
  const throttle = new Throttle(new ManualClock(), RULES);
  const begun = Array.from({ length: 100 }, () => throttle.begin("alice", "192.0.2.1"));
  assert.equal(begun.filter((attempt) => typeof attempt !== "number").length, 6);
});

Deno.test("trying many names from one address slows down too", strict, () => {
  const throttle = new Throttle(new ManualClock(), RULES);
  let tries = 0;
  while (typeof throttle.begin(`name${tries}`, "192.0.2.1") !== "number") tries++;
  assert.equal(tries, 11);
  assert.equal(typeof throttle.begin("name1", "192.0.2.2"), "object", "another address");
});

Deno.test("a whole IPv6 /64 is one party, as is an address in two spellings", strict, () => {
  const throttle = new Throttle(new ManualClock(), RULES);
  let tries = 0;
  while (typeof throttle.begin(`n${tries}`, `2001:db8:1:2::${tries.toString(16)}`) !== "number") {
    tries++;
  }
  assert.equal(tries, 11);
  assert.equal(typeof throttle.begin("n", "2001:db8:1:3::1"), "object", "the next /64");
  exhaust(throttle, "alice", "192.0.2.9");
  assert.equal(typeof throttle.begin("alice", "::ffff:192.0.2.9"), "number");
});

Deno.test(
  "guessing from a thousand addresses is slowed a little, and only a little",
  strict,
  () => {
    const clock = new ManualClock();
    const throttle = new Throttle(clock, RULES);
    let host = 0;
    const guess = () => throttle.begin("alice", `10.${host >> 8}.${host++ & 255}.1`);
    let tries = 0;
    while (typeof guess() !== "number") tries++;
    assert.equal(tries, 26);
    for (let times = 0; times < 20; times++) {
      const wait = guess();
      if (typeof wait !== "number") continue;
      assert.ok(wait <= 30_000, "nobody else is kept out for longer");
      clock.advance(wait);
    }
  },
);

Deno.test("the owner comes in from a known place while others guess", strict, () => {
  const throttle = new Throttle(new ManualClock(), RULES);
  succeed(throttle, "alice", "198.51.100.7");
  for (let host = 0; host < 200; host++) exhaust(throttle, "alice", `10.0.${host}.1`);
  assert.equal(typeof throttle.begin("alice", "203.0.113.1"), "number", "an unknown place waits");
  succeed(throttle, "alice", "198.51.100.7");
});

Deno.test("somebody else behind the owner's address does not keep the owner out", strict, () => {
  const throttle = new Throttle(new ManualClock(), RULES);
  succeed(throttle, "alice", "198.51.100.7");
  for (let number = 0; number < 100; number++) throttle.begin(`name${number}`, "198.51.100.7");
  assert.equal(typeof throttle.begin("bob", "198.51.100.7"), "number");
  succeed(throttle, "alice", "198.51.100.7");
});

Deno.test("a known place is no licence to guess", strict, () => {
  const throttle = new Throttle(new ManualClock(), RULES);
  succeed(throttle, "alice", "198.51.100.7");
  assert.equal(exhaust(throttle, "alice", "198.51.100.7")[0], 6);
});

Deno.test("signing in resets what was counted of the name, not of the address", strict, () => {
  const throttle = new Throttle(new ManualClock(), RULES);
  // An attacker with an account signs in between guesses at others.
  let guesses = 0;
  for (; guesses < 1000; guesses++) {
    succeed(throttle, "mallory", "192.0.2.1");
    if (typeof throttle.begin(`name${guesses}`, "192.0.2.1") === "number") break;
  }
  assert.equal(guesses, 11);
});

Deno.test("an attempt that was never checked does not count", strict, () => {
  const throttle = new Throttle(new ManualClock(), RULES);
  for (let times = 0; times < 100; times++) {
    const attempt = throttle.begin("alice", "192.0.2.1");
    assert.ok(typeof attempt !== "number");
    attempt.dropped();
  }
});

Deno.test("this machine's addresses do not stand for one person", strict, () => {
  for (const address of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "0:0:0:0:0:0:0:1"]) {
    const throttle = new Throttle(new ManualClock(), RULES);
    for (let number = 0; number < 100; number++) {
      assert.equal(typeof throttle.begin(`name${number}`, address), "object", address);
    }
    assert.deepEqual(exhaust(throttle, "alice", address), [6, 1000], "but one account is guarded");
  }
});

Deno.test("all is forgotten after a quiet time", strict, () => {
  const clock = new ManualClock();
  const throttle = new Throttle(clock, RULES);
  exhaust(throttle, "alice", "192.0.2.1");
  clock.step(-3_600_000);
  assert.equal(typeof throttle.begin("alice", "192.0.2.1"), "number", "not by setting the clock");
  clock.advance(15 * MINUTE);
  assert.deepEqual(exhaust(throttle, "alice", "192.0.2.1"), [6, 1000]);
});

Deno.test("registering many accounts from one address slows down", strict, () => {
  const clock = new ManualClock();
  const throttle = new Throttle(clock, RULES);
  let made = 0;
  while (throttle.beginRegistration("192.0.2.1") === 0) made++;
  assert.equal(made, 11);
  assert.equal(throttle.beginRegistration("192.0.2.2"), 0);
  for (let times = 0; times < 100; times++) {
    assert.equal(throttle.beginRegistration("127.0.0.1"), 0);
    assert.equal(throttle.beginRegistration(undefined), 0);
  }
});

Deno.test("whatever happens, a wait has bounds and memory too", strict, () => {
  const clock = new ManualClock();
  const rule = { free: 2, first: 10, longest: 500 };
  const delays = new Delays(clock, { kept: 20, window: 1000 });
  const acts = fc.oneof(
    fc.record({
      act: fc.constantFrom("add", "undo", "reset"),
      key: fc.integer({ min: 0, max: 60 }),
    }),
    fc.record({ act: fc.constant("pass"), key: fc.integer({ min: 0, max: 2000 }) }),
  );
  fc.assert(fc.property(fc.array(acts, { maxLength: 200 }), (list) => {
    for (const { act, key } of list) {
      if (act === "add") delays.add(`${key}`);
      else if (act === "undo") delays.undo(`${key}`);
      else if (act === "reset") delays.reset(`${key}`);
      else clock.advance(key);
      const wait = delays.wait(`${key}`, rule);
      assert.ok(wait >= 0 && wait <= rule.longest && Number.isInteger(wait));
      assert.ok(delays.size <= 20);
    }
  }));
});

const parties: readonly { address: string; party: string }[] = [
  { address: "192.0.2.1", party: "192.0.2.1" },
  { address: "2001:db8::1", party: "2001:db8:0:0::/64" },
  { address: "2001:DB8:0:0:1:2:3:4", party: "2001:db8:0:0::/64" },
  { address: "2001:0db8:0000:0000::ffff", party: "2001:db8:0:0::/64" },
  { address: "fe80::1%eth0", party: "fe80:0:0:0::/64" },
  { address: "::ffff:192.0.2.1", party: "192.0.2.1" },
  { address: "::ffff:c000:0201", party: "192.0.2.1" },
  { address: "64:ff9b::192.0.2.1", party: "64:ff9b:0:0::/64" },
  { address: "::", party: "0:0:0:0::/64" },
  { address: "1::", party: "1:0:0:0::/64" },
  { address: "::1", party: "::1" },
  { address: "", party: "other:" },
  { address: "999.1.1.1", party: "other:999.1.1.1" },
  { address: "/run/chatnode.sock", party: "other:/run/chatnode.sock" },
  { address: "x".repeat(1000), party: `other:${"x".repeat(64)}` },
];

for (const { address, party } of parties) {
  Deno.test(`"${address.slice(0, 30)}" is the party ${party.slice(0, 30)}`, strict, () => {
    assert.equal(partyOf(address), party);
  });
}

Deno.test("any text is a party", strict, () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.ipV6(), fc.ipV4()), (address) => {
    assert.doesNotMatch(partyOf(address), /NaN|undefined/);
  }));
});

Deno.test("signing in tells how long to wait, without hashing anything", strict, async () => {
  const clock = new ManualClock();
  let hashed = 0;
  await inFolder(async (folder) => {
    const accounts = await open(folder, {
      clock,
      loginAttempts: 3,
      passwords: {
        cost: QUICK,
        derive: (...task) => {
          hashed++;
          return deriveScrypt(...task);
        },
      },
    });
    try {
      await accounts.register({ name: "Alice", password: "correct horse" });
      const login = (name: string, password: string) =>
        accounts.authenticate(name, password, "192.0.2.1");
      for (const name of ["alice", "ALICE", "Alice", "aLICE"]) {
        await rejects(login(name, "wrong"), "accounts/credentials");
      }
      const before = hashed;
      const error = await rejects(login("alice", "correct horse"), "accounts/throttled");
      assert.equal(error.retryAfter, 1000);
      assert.equal(error.hint, "Try again in 1 s.");
      assert.equal(hashed, before);
      clock.advance(1000);
      await login("alice", "correct horse");
      await login("alice", "correct horse");
    } finally {
      await accounts.close();
    }
  });
});

Deno.test("registering too often from one address is refused", strict, async () => {
  await inFolder(async (folder) => {
    const accounts = await open(folder, { clock: new ManualClock() });
    try {
      const register = (name: string) =>
        accounts.register({ name, password: "123456", remoteAddress: "192.0.2.1" });
      for (const letter of "abcdefghijk") await register(`user-${letter}`);
      const error = await rejects(register("user-z"), "accounts/throttled");
      assert.equal(error.retryAfter, 10_000);
    } finally {
      await accounts.close();
    }
  });
});
