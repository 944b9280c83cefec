/** Tokens: what is accepted, what is refused and in which words, with hostile ones built by hand. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { join } from "node:path";
import fc from "fast-check";
import type { Accounts, AccountsOptions } from "../../src/accounts/accounts.ts";
import { LEEWAY_MS, MAX_TOKEN_LENGTH } from "../../src/accounts/tokens.ts";
import { inFolder, open, rejects, SECRET, withAccounts } from "./fixture.ts";
import { forge, part } from "./forge.ts";
import { ManualClock } from "../harness/manual_clock.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };
const START = Date.UTC(2026, 0, 2, 3, 4, 5);
const NOW = START / 1000;

/** Accounts with `alice`, whose password was never changed, at a time that stands still. */
async function withAlice(
  test: (accounts: Accounts, clock: ManualClock, folder: string) => Promise<void>,
  options: Partial<AccountsOptions> = {},
): Promise<void> {
  const clock = new ManualClock(START);
  await withAccounts(async (accounts, folder) => {
    await accounts.register({ name: "alice", password: "correct horse" });
    await test(accounts, clock, folder);
  }, { secret: SECRET, clock, ...options });
}

const sign = (claims: unknown, header?: unknown) => forge({ claims, header, secret: SECRET });
/** What the original AloneChat puts into a token. */
const original = { sub: "alice", exp: NOW + 1800, role: "user" };

Deno.test("a token holds what it should, and nothing else", strict, async () => {
  await withAlice(async (accounts) => {
    const { token, expires, identity } = await accounts.issue({
      ...{ address: "alice@node-test", name: "alice", role: "user" as const },
    });
    const [header, payload] = token.split(".").map((text) =>
      Buffer.from(text, "base64url").toString()
    );
    assert.equal(header, '{"alg":"HS256","typ":"JWT"}');
    const claims = JSON.parse(payload ?? "");
    assert.match(claims.jti, /^[A-Za-z0-9_-]{22}$/);
    assert.deepEqual(claims, {
      ...{ sub: "alice", exp: NOW + 1800, role: "user", jti: identity.token, iat: NOW },
      ...{ iss: "chatnode", gen: 1 },
    });
    assert.equal(expires, (NOW + 1800) * 1000);
    assert.equal(forge({ claims: payload, secret: SECRET }), token, "plain HMAC-SHA-256");
  });
});

const accepted: readonly { why: string; token: string; expires?: number }[] = [
  { why: "as AloneChat makes them", token: sign(original) },
  {
    why: "a fractional exp, as Python makes them",
    token: sign({ ...original, exp: NOW + 1800.25 }),
    expires: START + 1_800_250,
  },
  { why: "no typ", token: sign(original, { alg: "HS256" }) },
  { why: "typ in small letters", token: sign(original, { alg: "HS256", typ: "jwt" }) },
  { why: "claims that mean nothing here", token: sign({ ...original, scope: ["x"], kid: null }) },
  { why: "a role it does not have", token: sign({ ...original, role: "admin" }) },
  { why: "a name in capitals", token: sign({ ...original, sub: "ALICE" }) },
  { why: "our issuer", token: sign({ ...original, iss: "chatnode" }) },
  { why: "an nbf that has passed", token: sign({ ...original, nbf: NOW - 0.5 }) },
  { why: "an iat of another clock", token: sign({ ...original, iat: NOW + 3600 }) },
];

for (const { why, token, expires = START + 1_800_000 } of accepted) {
  Deno.test(`a token is accepted: ${why}`, strict, async () => {
    await withAlice(async (accounts) => {
      for (const time of ["first", "again"]) {
        const result = await accounts.verify(token);
        assert.ok(result.ok, `${time}: ${JSON.stringify(result)}`);
        const { token: id, ...identity } = result.identity;
        assert.ok(id !== undefined && id.length > 20);
        assert.deepEqual(identity, {
          ...{ address: "alice@node-test", name: "alice", role: "user", expires },
        });
      }
    });
  });
}

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
const [, goodPayload = "", goodSignature = ""] = sign(original).split(".");

function rs256(): string {
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(original)}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(rsa.privateKey, "base64url")}`;
}

/** The last character's spare bits set: the same bytes, spelled differently. */
function respelled(token: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return token.slice(0, -1) + alphabet[alphabet.indexOf(token.at(-1) ?? "") ^ 1];
}

function unencoded(): string {
  const header = part({ alg: "HS256", b64: false, crit: ["b64"] });
  const signed = `${header}.${part(original)}`;
  return `${signed}.${createHmac("sha256", SECRET).update(signed).digest("base64url")}`;
}

const invalid: readonly { why: string; token: string }[] = [
  { why: "garbage", token: "garbage" },
  { why: "one part", token: part(original) },
  { why: "two parts", token: sign(original).split(".").slice(0, 2).join(".") },
  { why: "four parts", token: `${sign(original)}.x` },
  { why: "five parts, as if encrypted", token: `${sign(original)}.x.y` },
  { why: "empty parts", token: ".." },
  { why: "spaces around", token: ` ${sign(original)} ` },
  { why: "a line end behind", token: `${sign(original)}\n` },
  { why: "padding", token: `${sign(original)}=` },
  { why: "not ASCII", token: `${sign(original).slice(0, -1)}\u00e9` },
  { why: "NUL inside", token: sign(original).replace(".", "\0.") },
  { why: "alg none, no signature", token: `${part({ alg: "none" })}.${goodPayload}.` },
  { why: "alg None", token: `${part({ alg: "None", typ: "JWT" })}.${goodPayload}.` },
  { why: "alg NONE", token: `${part({ alg: "NONE" })}.${goodPayload}.` },
  {
    why: "alg none with a good HS256 signature",
    token: sign(original, { alg: "none", typ: "JWT" }),
  },
  { why: "no signature", token: sign(original).replace(goodSignature, "") },
  { why: "no alg", token: sign(original, { typ: "JWT" }) },
  { why: "alg in small letters", token: sign(original, { alg: "hs256", typ: "JWT" }) },
  { why: "alg a list", token: sign(original, { alg: ["HS256"], typ: "JWT" }) },
  {
    why: "HS384 with our secret",
    token: forge({ header: { alg: "HS384" }, claims: original, secret: SECRET, digest: "sha384" }),
  },
  {
    why: "HS512 with our secret",
    token: forge({ header: { alg: "HS512" }, claims: original, secret: SECRET, digest: "sha512" }),
  },
  { why: "RS256 by a stranger's key", token: rs256() },
  {
    why: "RS/HS confusion: HMAC keyed with a public key",
    token: forge({ claims: original, secret: publicPem }),
  },
  {
    why: "a key inside the header",
    token: forge({
      header: { alg: "HS256", jwk: { kty: "oct", k: part("attacker") } },
      claims: original,
      secret: "attacker",
    }),
  },
  {
    why: "a key id that is a path",
    token: forge({
      header: { alg: "HS256", kid: "../../../../dev/null" },
      claims: original,
      secret: "",
    }),
  },
  { why: "another secret", token: forge({ claims: original, secret: `${SECRET}!` }) },
  { why: "an empty secret", token: forge({ claims: original, secret: "" }) },
  {
    why: "the payload exchanged",
    token: sign(original).replace(goodPayload, part({ ...original, sub: "admin" })),
  },
  { why: "a signature respelled and changed", token: respelled(respelled(sign(original)) + "A") },
  { why: "crit and b64", token: unencoded() },
  { why: "an unknown crit", token: sign(original, { alg: "HS256", crit: ["exp"], exp: 1 }) },
  { why: "a token of another kind", token: sign(original, { alg: "HS256", typ: "logout+jwt" }) },
  { why: "a header that is no object", token: sign(original, ["HS256"]) },
  { why: "a header that is no JSON", token: sign(original, "HS256") },
  { why: "no exp", token: sign({ sub: "alice", role: "user" }) },
  { why: "exp null", token: sign({ ...original, exp: null }) },
  { why: "exp a text", token: sign({ ...original, exp: String(NOW + 1800) }) },
  { why: "exp a list", token: sign({ ...original, exp: [NOW + 1800] }) },
  { why: "exp true", token: sign({ ...original, exp: true }) },
  { why: "exp beyond every number", token: sign('{"sub":"alice","exp":1e999}') },
  { why: "exp in milliseconds", token: sign({ ...original, exp: START + 1_800_000 }) },
  { why: "exp below zero", token: sign({ ...original, exp: -1 }) },
  { why: "nbf in the future", token: sign({ ...original, nbf: NOW + 3600 }) },
  { why: "nbf a text", token: sign({ ...original, nbf: "now" }) },
  { why: "another issuer", token: sign({ ...original, iss: "elsewhere" }) },
  { why: "issuer null", token: sign({ ...original, iss: null }) },
  { why: "issuers in a list", token: sign({ ...original, iss: ["chatnode"] }) },
  { why: "sub a number", token: sign({ ...original, sub: 7 }) },
  { why: "sub a list", token: sign({ ...original, sub: ["alice"] }) },
  { why: "sub very long", token: sign({ ...original, sub: "a".repeat(201) }) },
  { why: "sub unknown", token: sign({ ...original, sub: "bob" }) },
  { why: "jti a number", token: sign({ ...original, jti: 1 }) },
  { why: "jti empty", token: sign({ ...original, jti: "" }) },
  { why: "gen of a later password", token: sign({ ...original, gen: 2 }) },
  { why: "gen a text", token: sign({ ...original, gen: "1" }) },
  { why: "gen null", token: sign({ ...original, gen: null }) },
  { why: "a payload that is a list", token: sign([original]) },
  { why: "a payload that is null", token: sign("null") },
  { why: "a payload that is no JSON", token: sign("{sub:alice}") },
  { why: "a payload that is empty", token: sign("") },
  { why: "a payload that is no UTF-8", token: sign(Uint8Array.of(0x7b, 0xff, 0x7d)) },
  { why: "a payload with a byte order mark", token: sign(`\ufeff${JSON.stringify(original)}`) },
  { why: "nested a thousand deep", token: sign("[".repeat(1000) + "]".repeat(1000)) },
  {
    why: "more than 4 KiB, well signed",
    token: sign({ ...original, padding: "x".repeat(MAX_TOKEN_LENGTH) }),
  },
  { why: "a megabyte", token: "a".repeat(1 << 20) },
];

Deno.test("hostile tokens are invalid, whatever is wrong with them", strict, async () => {
  await withAlice(async (accounts) => {
    assert.ok((await accounts.verify(sign(original))).ok, "the material is good");
    for (const { why, token } of invalid) {
      for (const time of ["first", "again"]) {
        const result = await accounts.verify(token);
        assert.ok(!result.ok, `${time}: ${why}`);
        assert.equal(result.reason, "invalid", `${why}: ${result.detail}`);
        assert.ok(!result.detail.includes("alice"), "nothing of the token is repeated");
      }
    }
  });
});

const told: readonly { why: string; token: string | undefined; reason: string }[] = [
  { why: "nothing", token: undefined, reason: "none" },
  { why: "an empty text", token: "", reason: "none" },
  { why: "exp has passed", token: sign({ ...original, exp: NOW - 6 }), reason: "expired" },
  { why: "exp at the epoch", token: sign({ ...original, exp: 0 }), reason: "expired" },
  { why: "no sub", token: sign({ exp: NOW + 1800 }), reason: "no-subject" },
  { why: "sub null", token: sign({ ...original, sub: null }), reason: "no-subject" },
  { why: "sub empty", token: sign({ ...original, sub: "" }), reason: "no-subject" },
  {
    why: "expired, but not signed by us: that comes first",
    token: forge({ claims: { ...original, exp: 1 }, secret: "not ours" }),
    reason: "invalid",
  },
  { why: "no sub, but no exp either", token: sign({ role: "admin" }), reason: "invalid" },
];

for (const { why, token, reason } of told) {
  Deno.test(`doors are told "${reason}": ${why}`, strict, async () => {
    await withAlice(async (accounts) => {
      const result = await accounts.verify(token);
      assert.ok(!result.ok);
      assert.equal(result.reason, reason, result.detail);
    });
  });
}

Deno.test("verifying never throws, whatever it is given", strict, async () => {
  await withAlice(async (accounts) => {
    const parts = fc.array(fc.oneof(fc.string(), fc.json().map(part), fc.base64String()), {
      maxLength: 6,
    });
    await fc.assert(fc.asyncProperty(parts, async (list) => {
      assert.ok(!(await accounts.verify(list.join("."))).ok);
    }));
    await fc.assert(fc.asyncProperty(fc.jsonValue(), fc.jsonValue(), async (header, claims) => {
      assert.ok(!(await accounts.verify(forge({ header, claims, secret: SECRET }))).ok);
    }));
    await fc.assert(fc.asyncProperty(fc.jsonValue(), async (claims) => {
      assert.ok(!(await accounts.verify(sign(claims))).ok);
    }));
  });
});

Deno.test("no single changed character leaves a token good", strict, async () => {
  await withAlice(async (accounts) => {
    const token = sign(original);
    const last = token.length - 1;
    for (let at = 0; at < token.length; at++) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      const same = at === last && Buffer.from(changed.split(".")[2] ?? "", "base64url").equals(
        Buffer.from(goodSignature, "base64url"),
      );
      assert.equal((await accounts.verify(changed)).ok, same, `character ${at}`);
    }
  });
});

Deno.test("a token ends on time, seen before or not", strict, async () => {
  await withAlice(async (accounts, clock) => {
    const identity = accounts.identityOf("alice");
    assert.ok(identity);
    const { token, expires } = await accounts.issue(identity);
    clock.advance(expires - clock.now() + LEEWAY_MS - 1);
    assert.ok((await accounts.verify(token)).ok);
    clock.advance(1);
    assert.deepEqual(await accounts.verify(token), {
      ...{ ok: false, reason: "expired", detail: "it has expired" },
    });
    const fresh = sign({ ...original, exp: clock.now() / 1000 - LEEWAY_MS / 1000 + 0.001 });
    assert.ok((await accounts.verify(fresh)).ok, "to the millisecond");
    clock.advance(1);
    assert.ok(!(await accounts.verify(fresh)).ok);
  });
});

Deno.test("after a change of secret the previous one is accepted, not used", strict, async () => {
  await inFolder(async (folder) => {
    const clock = new ManualClock(START);
    const secret = `${SECRET} the second`;
    const accounts = await open(folder, { secret, previous: SECRET, clock });
    try {
      const identity = await accounts.register({ name: "alice", password: "correct horse" });
      assert.ok((await accounts.verify(sign(original))).ok);
      const { token } = await accounts.issue(identity);
      const [header, payload] = token.split(".");
      const signature = createHmac("sha256", secret).update(`${header}.${payload}`);
      assert.equal(token.split(".")[2], signature.digest("base64url"));
      assert.ok(!(await accounts.verify(forge({ claims: original, secret: "third" }))).ok);
    } finally {
      await accounts.close();
    }
    const later = await open(folder, { secret, clock });
    try {
      assert.ok(!(await later.verify(sign(original))).ok, "no longer");
    } finally {
      await later.close();
    }
  });
});

Deno.test("the folder's own secret can be replaced without ending tokens", strict, async () => {
  await inFolder(async (folder) => {
    const first = await open(folder);
    const { token } = await first.issue(
      await first.register({ name: "alice", password: "correct horse" }),
    );
    await first.close();
    const path = join(folder, "accounts", "jwt.secret");
    const secret = await Deno.readTextFile(path);
    assert.match(secret, /^[A-Za-z0-9_-]{43}\n$/);
    await Deno.rename(path, `${path}.previous`);
    const second = await open(folder);
    assert.ok((await second.verify(token)).ok);
    await second.close();
    assert.notEqual(await Deno.readTextFile(path), secret);
    await Deno.remove(`${path}.previous`);
    const third = await open(folder);
    assert.ok(!(await third.verify(token)).ok);
    await third.close();
  });
});

Deno.test("a secret that could be guessed is refused", strict, async () => {
  await inFolder(async (folder) => {
    const error = await rejects(open(folder, { secret: "changeme" }), "accounts/secret");
    assert.ok(!error.message.includes("changeme"));
    await rejects(open(folder, { previous: "short" }), "accounts/secret");
    await Deno.writeTextFile(join(folder, "accounts", "jwt.secret"), "");
    await rejects(open(folder), "accounts/secret", "an emptied file is not a secret");
  });
});

Deno.test("a readable secret file is closed to others at open", strict, async () => {
  await inFolder(async (folder) => {
    await (await open(folder)).close();
    const path = join(folder, "accounts", "jwt.secret");
    await Deno.chmod(path, 0o644);
    await (await open(folder)).close();
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("an AloneChat token is revoked in every spelling", strict, async () => {
  await withAlice(async (accounts) => {
    const token = sign(original);
    const result = await accounts.verify(token);
    assert.ok(result.ok);
    const spellings = [0, 1, 2, 3].map((bits) => {
      const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
      const last = alphabet.indexOf(token.at(-1) ?? "") & ~3;
      return token.slice(0, -1) + alphabet[last | bits];
    });
    await accounts.revoke(result.identity);
    for (const spelling of spellings) {
      assert.ok(!(await accounts.verify(spelling)).ok, spelling.slice(-2));
    }
    assert.ok((await accounts.verify(sign({ ...original, exp: NOW + 1801 }))).ok, "others stay");
  });
});

Deno.test("an AloneChat token ends with the first change of password", strict, async () => {
  await withAlice(async (accounts) => {
    const token = sign(original);
    assert.ok((await accounts.verify(token)).ok);
    await accounts.registry.setPassword("alice", "another horse");
    assert.ok(!(await accounts.verify(token)).ok);
  });
});

Deno.test("setting the clock back does not bring an ended token back", strict, async () => {
  await withAlice(async (accounts, clock) => {
    const identity = accounts.identityOf("alice");
    assert.ok(identity);
    const before = await accounts.issue(identity);
    clock.step(-10 * 60_000);
    await accounts.registry.setPassword("alice", "another horse");
    assert.ok(!(await accounts.verify(before.token)).ok);
    const after = await accounts.issue(identity);
    assert.ok((await accounts.verify(after.token)).ok, "and a new one counts");
  });
});

Deno.test("revoked tokens are kept as long as needed and not longer", strict, async () => {
  await withAlice(async (accounts, clock, folder) => {
    const identity = accounts.identityOf("alice");
    assert.ok(identity);
    const issued = [];
    for (let count = 0; count < 3; count++) issued.push(await accounts.issue(identity));
    for (const one of issued) await accounts.revoke(one.identity);
    clock.advance(30 * 60_000 + LEEWAY_MS - 1);
    const other = await open(folder, { secret: SECRET, clock });
    for (const { token } of issued) {
      const result = await other.verify(token);
      assert.ok(!result.ok && result.detail === "it was revoked", JSON.stringify(result));
    }
    await other.close();
    clock.advance(1);
    for (const { token } of issued) {
      const result = await accounts.verify(token);
      assert.ok(!result.ok && result.reason === "expired");
    }
  });
});

Deno.test("many revoked tokens of one account end in one line", strict, async () => {
  await withAlice(async (accounts) => {
    const identity = accounts.identityOf("alice");
    assert.ok(identity);
    const kept = await accounts.issue(identity);
    const tokens = [];
    for (let count = 0; count < 100; count++) tokens.push(await accounts.issue(identity));
    for (const one of tokens) await accounts.revoke(one.identity);
    assert.ok((await accounts.verify(kept.token)).ok);
    const last = await accounts.issue(identity);
    await accounts.revoke(last.identity);
    for (const { token } of [...tokens, last, kept]) {
      assert.ok(!(await accounts.verify(token)).ok, "all of the account's are ended instead");
    }
    assert.ok((await accounts.verify((await accounts.issue(identity)).token)).ok);
  });
});

Deno.test("a token that was seen before costs no signature", strict, async () => {
  await withAlice(async (accounts) => {
    const { subtle } = crypto;
    const original = subtle.verify;
    let verifications = 0;
    subtle.verify = (...task: unknown[]) => {
      verifications++;
      return Reflect.apply(original, subtle, task);
    };
    try {
      const identity = accounts.identityOf("alice");
      assert.ok(identity);
      const { token } = await accounts.issue(identity);
      for (let times = 0; times < 100; times++) assert.ok((await accounts.verify(token)).ok);
      assert.equal(verifications, 1);
      assert.ok(!(await accounts.verify(`${token}A`)).ok);
      assert.equal(verifications, 2, "another text is another token");
    } finally {
      subtle.verify = original;
    }
  });
});

Deno.test("only an identity that came by a token can be revoked", strict, async () => {
  await withAlice(async (accounts) => {
    const identity = accounts.identityOf("alice");
    assert.ok(identity);
    await assert.rejects(accounts.revoke(identity), TypeError);
  });
});
