/** Forged and worn-out tokens, at every place of the real process where a token may stand. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { withDataFolder } from "../harness/data_folder.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { SocketClient } from "../harness/socket_client.ts";
import { test } from "../harness/test.ts";
import { signToken, TOKEN_SECRET } from "../harness/tokens.ts";
import { V1Client } from "./v1_client.ts";

const now = Math.floor(Date.now() / 1000);
const soon = now + 600;
const claims = { sub: "alice", exp: soon };
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicPem = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function rs256(): string {
  const signed = `${base64({ alg: "RS256", typ: "JWT" })}.${base64(claims)}`;
  return `${signed}.${createSign("sha256").update(signed).sign(rsa.privateKey, "base64url")}`;
}

function hs512(): string {
  const signed = `${base64({ alg: "HS512", typ: "JWT" })}.${base64(claims)}`;
  return `${signed}.${createHmac("sha512", TOKEN_SECRET).update(signed).digest("base64url")}`;
}

const good = signToken({ claims });
const [head = "", payload = "", signature = ""] = good.split(".");

const refused: readonly { why: string; token: string }[] = [
  { why: "alg none", token: signToken({ claims, header: { alg: "none" }, signature: "" }) },
  { why: "alg None", token: signToken({ claims, header: { alg: "None" }, signature: "" }) },
  { why: "alg none with our signature", token: signToken({ claims, header: { alg: "none" } }) },
  { why: "no alg", token: signToken({ claims, header: { typ: "JWT" } }) },
  { why: "RS256 with somebody's key", token: rs256() },
  { why: "RS256 in name, our HMAC", token: signToken({ claims, header: { alg: "RS256" } }) },
  { why: "HS256 with a public key as secret", token: signToken({ claims, secret: publicPem }) },
  { why: "HS512 with our secret: one algorithm only", token: hs512() },
  {
    why: "its own key in the header",
    token: signToken({
      claims,
      header: { alg: "HS256", jwk: { kty: "oct", k: "AAAA" } },
      secret: "\0\0\0",
    }),
  },
  {
    why: "a key id that is a path",
    token: signToken({
      claims,
      header: { alg: "HS256", kid: "../../dev/null" },
      secret: "",
    }),
  },
  {
    why: "an extension that has to be understood",
    token: signToken({ claims, header: { alg: "HS256", crit: ["exp"], exp: 1 } }),
  },
  { why: "no exp", token: signToken({ claims: { sub: "alice" } }) },
  { why: "exp null", token: signToken({ claims: { sub: "alice", exp: null } }) },
  { why: "exp as text", token: signToken({ claims: { sub: "alice", exp: String(soon) } }) },
  { why: "exp far beyond", token: signToken({ claims: { sub: "alice", exp: 1e300 } }) },
  { why: "exp negative", token: signToken({ claims: { sub: "alice", exp: -1 } }) },
  { why: "expired", token: signToken({ claims: { sub: "alice", exp: now - 60 } }) },
  { why: "expired by a fraction", token: signToken({ claims: { sub: "alice", exp: now - 9.5 } }) },
  { why: "not yet", token: signToken({ claims: { ...claims, nbf: soon } }) },
  { why: "another issuer", token: signToken({ claims: { ...claims, iss: "elsewhere" } }) },
  {
    why: "another key",
    token: signToken({ claims, secret: "another secret of thirty-two bytes" }),
  },
  {
    why: "AloneChat's public default key",
    token: signToken({ claims, secret: "your-secret-key" }),
  },
  { why: "an empty key", token: signToken({ claims, secret: "" }) },
  { why: "another generation", token: signToken({ claims: { ...claims, gen: 7 } }) },
  { why: "nobody", token: signToken({ claims: { exp: soon } }) },
  { why: "somebody unknown", token: signToken({ claims: { sub: "nemo", exp: soon } }) },
  { why: "a subject that is a path", token: signToken({ claims: { sub: "../alice", exp: soon } }) },
  {
    why: "a subject that is an object",
    token: signToken({ claims: { sub: { a: 1 }, exp: soon } }),
  },
  { why: "claims that are a list", token: signToken({ claims: [1] as never }) },
  {
    why: "a changed payload",
    token: `${head}.${base64({ ...claims, sub: "admin" })}.${signature}`,
  },
  { why: "a signature cut short", token: `${head}.${payload}.${signature.slice(0, -4)}` },
  { why: "two parts", token: `${head}.${payload}` },
  { why: "four parts", token: `${good}.${signature}` },
  { why: "five parts, as if encrypted", token: `${head}....${signature}` },
  { why: "garbage", token: "garbage" },
  { why: "dots", token: ".." },
  { why: "a huge one", token: signToken({ claims: { ...claims, pad: "x".repeat(5_000) } }) },
];

const accepted: readonly { why: string; token: string }[] = [
  { why: "as AloneChat makes it", token: signToken({ claims: { ...claims, role: "user" } }) },
  { why: "a fraction in exp", token: signToken({ claims: { sub: "alice", exp: soon + 0.75 } }) },
  { why: "no typ", token: signToken({ claims, header: { alg: "HS256" } }) },
  { why: "a role that nobody gave", token: signToken({ claims: { ...claims, role: "admin" } }) },
];

/** Each says who the bearer is, or undefined when nobody. */
const places: readonly {
  place: string;
  bearer: (server: ServerProcess, token: string) => Promise<string | undefined>;
}[] = [
  {
    place: "the header of a request",
    bearer: (server, token) => feedbackWith(server, { Authorization: `Bearer ${token}` }),
  },
  {
    place: "the cookie of a request",
    bearer: (server, token) => feedbackWith(server, { Cookie: `authToken=${token}` }),
  },
  {
    place: "the query of AloneChat's WebSocket",
    bearer: (server, token) => alone(server, `/?token=${token}`),
  },
  {
    place: "the cookie of AloneChat's WebSocket",
    bearer: (server, token) => alone(server, "/", { Cookie: `authToken=${token}` }),
  },
  { place: "hello", bearer: (server, token) => v1(V1Client.connect(server.ws), token) },
  {
    place: "the query of chatnode.v1",
    bearer: (server, token) => v1(V1Client.connect(`${server.ws}/?token=${token}`)),
  },
  {
    place: "the cookie of chatnode.v1",
    bearer: (server, token) => v1(V1Client.connect(server.ws, { Cookie: `authToken=${token}` })),
  },
  {
    place: "a renewed chatnode.v1 session",
    async bearer(server, token) {
      await using client = await V1Client.open(server.ws, good);
      const { type, code } = await client.ask({ type: "auth", token });
      if (type === "ok") return "alice";
      assert.match(String(code), /^auth\//);
      return undefined;
    },
  },
];

for (const { place, bearer } of places) {
  test(`tokens in ${place}`, () =>
    withServer(async (server) => {
      for (const { why, token } of refused) {
        assert.equal(await bearer(server, token), undefined, why);
      }
      for (const { why, token } of accepted) {
        assert.equal(await bearer(server, token), "alice", why);
      }
      assert.equal(server.stderr, "");
    }));
}

test("the role in a token makes nobody an admin, nor does it take the role away", () =>
  withServer(async (server) => {
    const users = (token: string) => server.api.as(token).get("/api/admin/all-users");
    const raised = signToken({ claims: { ...claims, role: "admin" } });
    assert.equal((await users(raised)).status, 403);
    const { admin } = server;
    assert.ok(admin !== undefined);
    const lowered = signToken({ claims: { sub: admin.name, exp: soon, role: "user" } });
    assert.equal((await users(lowered)).status, 200);
  }));

test("a header of two tokens, or of another scheme, is no header", () =>
  withServer(async (server) => {
    for (
      const value of ["", "Bearer", "Bearer  ", `Basic ${good}`, `Bearer ${good} ${good}`, good]
    ) {
      assert.equal(await feedbackWith(server, { Authorization: value }), undefined, value);
    }
  }));

function withServer(body: (server: ServerProcess) => Promise<void>): Promise<void> {
  return withDataFolder(async (data) => {
    await using server = await startServer({ data, env: { JWT_SECRET: TOKEN_SECRET } });
    await server.enter("alice");
    await body(server);
  });
}

async function feedbackWith(
  server: ServerProcess,
  headers: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { status, body } = await server.api.get("/api/feedback/my-feedback", { headers });
  if (status === 200) return "alice";
  assert.equal(status, 401, JSON.stringify(body));
  assert.match(
    JSON.stringify(body),
    /^\{"detail":"(No valid authentication token provided|Invalid token)"\}$/,
  );
  return undefined;
}

async function alone(
  server: ServerProcess,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string | undefined> {
  await using socket = await SocketClient.open(server.ws + path, { headers });
  socket.sendJson({ type: 1, sender: "admin", content: "who am I?" });
  const { sender, content } = await socket.nextJson<{ sender: string; content: string }>();
  if (content === "who am I?") return sender;
  assert.equal(sender, "SERVER");
  assert.equal((await socket.closed).code, 1008);
  return undefined;
}

async function v1(opening: Promise<V1Client>, token?: string): Promise<string | undefined> {
  await using client = await opening;
  client.send({ type: "hello", ...(token === undefined ? {} : { token }) });
  const answer = await client.until(({ type }) => type === "welcome" || type === "error");
  if (answer.type === "welcome") return (answer["you"] as { name: string }).name;
  assert.match(String(answer["code"]), /^(auth\/|protocol\/field$)/);
  if (answer["code"] !== "protocol/field") assert.equal((await client.ended).code, 4401);
  return undefined;
}
