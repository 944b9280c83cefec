import assert from "node:assert/strict";
import fc from "fast-check";
import { maskProperties, maskText, maskValue } from "../../src/log/mask.ts";
import { Secret } from "../../src/config/secret.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJlLXBhcnQ";

const shapes: readonly { why: string; text: string; hides: string; keeps?: string }[] = [
  { why: "a JWT anywhere", text: `got ${JWT} from`, hides: "c2lnbmF0dXJl", keeps: "from" },
  { why: "a JWT without signature", text: "eyJhbGciOiJub25lIn0.eyJzdWIiOiJh.", hides: "eyJzdWIi" },
  { why: "a bearer token", text: "Bearer abcdef123456", hides: "abcdef", keeps: "Bearer" },
  { why: "basic credentials", text: "basic YWxpY2U6c2VjcmV0", hides: "YWxp", keeps: "basic" },
  { why: "a query", text: "/ws?room=a&token=abc123&x=1", hides: "abc123", keeps: "x=1" },
  { why: "a cookie", text: "authToken=abc123; theme=dark", hides: "abc123", keeps: "theme=dark" },
  { why: "JSON", text: '{"password":"hunter22"}', hides: "hunter22" },
  { why: "a URL with a password", text: "https://bob:s3cr3t@h/p", hides: "s3cr3t", keeps: "bob" },
  { why: "a private key", text: "-----BEGIN PRIVATE KEY-----\nMIIE", hides: "MIIE" },
  { why: "a password hash", text: "$scrypt$ln=15,r=8,p=1$c2FsdA$aGFzaA", hides: "aGFzaA" },
];

for (const { why, text, hides, keeps } of shapes) {
  Deno.test(`maskText: ${why}`, () => {
    const masked = maskText(text);
    assert.ok(!masked.includes(hides), masked);
    assert.ok(masked.includes(keeps ?? "[masked]"), masked);
  });
}

const names: readonly { why: string; name: string; value: unknown; shown: unknown }[] = [
  { why: "a password", name: "password", value: "x", shown: "[masked]" },
  { why: "camelCase", name: "newPassword", value: "x", shown: "[masked]" },
  { why: "a derivate", name: "passwordHash", value: "x", shown: "[masked]" },
  { why: "snake_case", name: "auth_token", value: "x", shown: "[masked]" },
  { why: "a header", name: "Set-Cookie", value: "x", shown: "[masked]" },
  { why: "bytes", name: "privateKey", value: new Uint8Array(32), shown: "[masked]" },
  { why: "a number can be a secret", name: "pin", value: 1234, shown: "[masked]" },
  { why: "a count of secrets is none", name: "tokenCount", value: 3, shown: 3 },
  { why: "a word within another is not it", name: "monkey", value: "x", shown: "x" },
  { why: "a message body", name: "body", value: "hi", shown: "[not logged]" },
  { why: "a whole content", name: "content", value: { body: "hi" }, shown: "[not logged]" },
  { why: "a message", name: "message", value: "hi", shown: "[not logged]" },
  { why: "a text", name: "text", value: ["hi"], shown: "[not logged]" },
  { why: "its size may be known", name: "bodyBytes", value: 12, shown: 12 },
  { why: "an id may be known", name: "messageId", value: "a::b::c", shown: "a::b::c" },
  { why: "nothing is nothing", name: "token", value: null, shown: null },
];

for (const { why, name, value, shown } of names) {
  Deno.test(`maskProperties: ${why} (${name})`, () => {
    assert.deepEqual(maskProperties({ [name]: value }), { [name]: shown });
    assert.deepEqual(maskValue([{ [name]: value }]), [{ [name]: shown }], "in depth as well");
  });
}

Deno.test("a JSON error does not repeat its input", () => {
  const caught = (() => {
    try {
      return JSON.parse('{"body":"my secret words');
    } catch (error) {
      return error;
    }
  })();
  assert.doesNotMatch(JSON.stringify(maskProperties({ error: caught })), /my secret/);
});

Deno.test("an error keeps its name, code, causes and place", () => {
  const cause = Object.assign(new TypeError("inner"), { code: "ENOSPC" });
  const error = maskValue(new Error("outer token=abc123", { cause }));
  assert.partialDeepStrictEqual(error, {
    name: "Error",
    message: "outer token=[masked]",
    cause: { name: "TypeError", code: "ENOSPC", message: "inner" },
  });
  assert.match(JSON.stringify(error), /mask_test\.ts/);
});

const values: readonly { why: string; value: unknown; shown: unknown }[] = [
  { why: "bytes", value: new Uint8Array(5), shown: "[5 bytes]" },
  { why: "a function", value: () => 1, shown: "[function]" },
  { why: "a bigint", value: 12n, shown: "12" },
  { why: "not a number", value: NaN, shown: "NaN" },
  { why: "a date", value: new Date(0), shown: "1970-01-01T00:00:00.000Z" },
  { why: "an invalid date", value: new Date(NaN), shown: null },
  { why: "a map", value: new Map([["token", "x"]]), shown: { token: "[masked]" } },
  { why: "a set", value: new Set([1]), shown: [1] },
  { why: "a secret", value: new Secret("hunter22"), shown: "[secret]" },
  { why: "an object of a class", value: new AbortController(), shown: "[AbortController]" },
  { why: "a long list", value: Array(40).fill(1), shown: [...Array(32).fill(1), "... (8 more)"] },
  { why: "a long text", value: "x".repeat(1030), shown: `${"x".repeat(1024)}... (6 more)` },
];

for (const { why, value, shown } of values) {
  Deno.test(`maskValue: ${why}`, () => assert.deepEqual(maskValue(value), shown));
}

Deno.test("maskValue survives cycles, depth and getters that throw", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  assert.deepEqual(maskValue(cycle), { self: "[circular]" });
  const deep = Array.from({ length: 10_000 }).reduce<unknown>((inner) => ({ inner }), 1);
  assert.deepEqual(maskValue(deep), { inner: { inner: { inner: { inner: "[object]" } } } });
  const bad = {
    get x(): never {
      throw new Error("no");
    },
  };
  assert.equal(maskValue(bad), "[unreadable]");
});

Deno.test("whatever is logged becomes bounded JSON", () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withMap: true })),
      (given) => {
        JSON.parse(JSON.stringify(maskProperties(given)));
      },
    ),
  );
});

Deno.test("masking a hostile text takes linear time", () => {
  for (const piece of ["eyJaaaa.", "token=", "Bearer ", "a://", "-----BEGIN ", "$scrypt$", "key"]) {
    const text = piece.repeat(200_000);
    maskText(text);
  }
});
