/** scrypt, the PHC string, at most two at once, and equal work for everybody. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  checkNewPassword,
  DEFAULT_COST,
  type Derive,
  deriveScrypt,
  Passwords,
} from "../../src/accounts/passwords.ts";
import { formatPhc, parsePhc } from "../../src/accounts/phc.ts";
import { systemRandom } from "../../src/accounts/random.ts";
import { QUICK, rejects } from "./fixture.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };
const bytes = (text: string) => new TextEncoder().encode(text);

/** RFC 7914, section 12. */
const VECTORS = [
  {
    password: "",
    salt: "",
    cost: { ln: 4, r: 1, p: 1 },
    hex: "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442" +
      "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906",
  },
  {
    password: "password",
    salt: "NaCl",
    cost: { ln: 10, r: 8, p: 16 },
    hex: "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162" +
      "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640",
  },
  {
    password: "pleaseletmein",
    salt: "SodiumChloride",
    cost: { ln: 14, r: 8, p: 1 },
    hex: "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
      "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
  },
] as const;

for (const { password, salt, cost, hex } of VECTORS) {
  Deno.test(`scrypt of "${password}" is RFC 7914's`, strict, async () => {
    const key = await deriveScrypt(bytes(password), bytes(salt), 64, cost);
    assert.equal(key.toHex(), hex);
  });
}

Deno.test("a hash that another program made is understood", strict, async () => {
  // Python's passlib, from its documentation.
  const made = "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$" +
    "nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E";
  const passwords = new Passwords({ random: systemRandom });
  assert.deepEqual(await passwords.verify("password", made), { matches: true, outdated: true });
});

Deno.test("the default cost is 32 MiB, and a hash says so", strict, async () => {
  const hash = await new Passwords({ random: systemRandom }).hash("correct horse");
  assert.match(hash, /^\$scrypt\$ln=15,r=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  assert.deepEqual(DEFAULT_COST, { ln: 15, r: 8, p: 1 });
});

const GOOD = "$scrypt$ln=15,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + "A".repeat(43);
const malformed: readonly { why: string; text: string }[] = [
  { why: "nothing", text: "" },
  { why: "another function", text: GOOD.replace("scrypt", "argon2id") },
  { why: "no parameters", text: "$scrypt$AAAAAAAAAAAAAAAAAAAAAA$" + "A".repeat(43) },
  { why: "another order", text: GOOD.replace("ln=15,r=8", "r=8,ln=15") },
  { why: "a leading zero", text: GOOD.replace("ln=15", "ln=015") },
  { why: "memory for 2^40 blocks", text: GOOD.replace("ln=15", "ln=40") },
  { why: "512 MiB", text: GOOD.replace("ln=15", "ln=19") },
  { why: "work without end", text: GOOD.replace("p=1", "p=17") },
  { why: "a salt of 7 bytes", text: GOOD.replace("A".repeat(22), "AAAAAAAAAA") },
  { why: "a hash of 15 bytes", text: GOOD.replace("A".repeat(43), "A".repeat(20)) },
  { why: "padding", text: GOOD.replace("A".repeat(43), "A".repeat(43) + "=") },
  { why: "spare bits set", text: GOOD.slice(0, -1) + "B" },
  { why: "base64url", text: GOOD.slice(0, -2) + "-A" },
  { why: "a line end", text: `${GOOD}\n` },
];

for (const { why, text } of malformed) {
  Deno.test(`a PHC string is refused: ${why}`, strict, async () => {
    assert.equal(parsePhc(text), undefined);
    const passwords = new Passwords({ random: systemRandom, cost: QUICK });
    const error = await rejects(passwords.verify("secret password", text), "accounts/corrupt");
    assert.ok(!error.message.includes("$scrypt"), "the hash is not shown");
  });
}

Deno.test("PHC strings read back as written", strict, () => {
  assert.ok(parsePhc(GOOD));
  const array = (minLength: number) => fc.uint8Array({ minLength, maxLength: 64 });
  const cost = { ln: fc.integer({ min: 1, max: 15 }), r: fc.integer({ min: 1, max: 32 }) };
  const hashes = fc.record({
    ...cost,
    p: fc.integer({ min: 1, max: 16 }),
    salt: array(8),
    hash: array(16),
  });
  fc.assert(fc.property(hashes, (hash) => {
    const parsed = parsePhc(formatPhc(hash));
    assert.deepEqual({ ...parsed }, { ...hash });
  }));
  fc.assert(fc.property(fc.string(), (text) => parsePhc(text) === undefined));
});

Deno.test("a password matches itself and nothing else", strict, async () => {
  const passwords = new Passwords({ random: systemRandom, cost: QUICK });
  const check = async (password: string, stored: string | undefined) =>
    (await passwords.verify(password, stored)).matches;
  const hash = await passwords.hash("na\u00efve caf\u00e9");
  assert.notEqual(hash, await passwords.hash("na\u00efve caf\u00e9"), "a salt each");
  assert.ok(await check("na\u00efve caf\u00e9", hash));
  assert.ok(await check("nai\u0308ve cafe\u0301", hash), "however the keyboard composes");
  for (const wrong of ["", "naive cafe", "na\u00efve caf\u00e9 ", "NA\u00cfVE CAF\u00c9"]) {
    assert.ok(!await check(wrong, hash), wrong);
  }
  const empty = await passwords.hash("");
  assert.ok(!await check("x".repeat(1025), empty), "what is too long is not the empty password");
  assert.ok(!await check("\ud800", empty), "nor what is not Unicode");
  assert.ok(!await check("anything", undefined));
});

Deno.test("an unknown name costs the work of a known one", strict, async () => {
  const work: unknown[] = [];
  const derive: Derive = (password, salt, length, cost) => {
    work.push({ bytes: salt.length, length, cost: { ln: cost.ln, r: cost.r, p: cost.p } });
    return deriveScrypt(password, salt, length, cost);
  };
  const passwords = new Passwords({ random: systemRandom, cost: QUICK, derive });
  const hash = await passwords.hash("correct horse");
  work.length = 0;
  await passwords.verify("wrong", hash);
  await passwords.verify("wrong", undefined);
  await passwords.verify("x".repeat(100_000), hash);
  assert.equal(work.length, 3);
  assert.deepEqual(work[1], work[0]);
  assert.deepEqual(work[2], work[0]);
});

/** A derivation that ends when the test says so. */
class Workshop {
  running = 0;
  most = 0;
  started = 0;
  readonly #open: ((key: Uint8Array) => void)[] = [];

  readonly derive: Derive = (_password, _salt, length) => {
    this.started++;
    this.most = Math.max(this.most, ++this.running);
    return new Promise((resolve) => this.#open.push(() => resolve(new Uint8Array(length))));
  };

  finishOne(): void {
    this.running--;
    this.#open.shift()?.(new Uint8Array());
  }
}

/** Lets every promise that can go on do so. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test(
  "at most two passwords are hashed at once, the rest in a bounded line",
  strict,
  async () => {
    const workshop = new Workshop();
    const passwords = new Passwords({ random: systemRandom, waiting: 5, derive: workshop.derive });
    const all = Array.from({ length: 7 }, (_, at) => passwords.hash(`password ${at}`));
    await settle();
    assert.equal(workshop.started, 2);
    const refused = await rejects(passwords.hash("one too many"), "accounts/busy");
    assert.ok((refused.retryAfter ?? 0) > 0);
    for (let done = 1; done <= 7; done++) {
      workshop.finishOne();
      await settle();
      assert.equal(workshop.started, Math.min(7, done + 2), "one out, one in");
    }
    await Promise.all(all);
    assert.equal(workshop.most, 2);
    const after = passwords.hash("room again");
    await settle();
    workshop.finishOne();
    await after;
  },
);

Deno.test("work that fails gives its place back", strict, async () => {
  let failing = true;
  const derive: Derive = (_password, _salt, length) =>
    failing ? Promise.reject(new Error("no memory")) : Promise.resolve(new Uint8Array(length));
  const passwords = new Passwords({ random: systemRandom, waiting: 0, derive });
  for (let times = 0; times < 5; times++) {
    await assert.rejects(passwords.hash("password"), /no memory/);
  }
  failing = false;
  await passwords.hash("password");
});

const unfit: readonly { why: string; password: string; code: string }[] = [
  { why: "empty", password: "", code: "accounts/password-too-short" },
  { why: "five characters", password: "12345", code: "accounts/password-too-short" },
  {
    why: "three characters of two units",
    password: "\u{1f600}".repeat(3),
    code: "accounts/password-too-short",
  },
  {
    why: "six that compose to three",
    password: "e\u0301".repeat(3),
    code: "accounts/password-too-short",
  },
  { why: "1,025 bytes", password: "a".repeat(1025), code: "accounts/password-invalid" },
  {
    why: "1,026 bytes in 513 units",
    password: "\u00e9".repeat(513),
    code: "accounts/password-invalid",
  },
  { why: "half a surrogate pair", password: "secret\ud800", code: "accounts/password-invalid" },
];

for (const { why, password, code } of unfit) {
  Deno.test(`a new password is refused: ${why}`, strict, () => {
    assert.throws(() => checkNewPassword(password), { code });
  });
}

Deno.test("six characters of any kind are a password", strict, () => {
  for (const password of ["123456", "      ", "\u{1f600}".repeat(6), "a".repeat(1024)]) {
    checkNewPassword(password);
  }
});
