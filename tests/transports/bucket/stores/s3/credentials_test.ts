import assert from "node:assert/strict";
import { HttpClient } from "../../../../../src/transports/bucket/stores/http/client.ts";
import { PATIENCE } from "../../../../../src/transports/bucket/stores/patience.ts";
import { CredentialChain } from "../../../../../src/transports/bucket/stores/s3/credentials/chain.ts";
import { containerSource } from "../../../../../src/transports/bucket/stores/s3/credentials/container.ts";
import type { Credentials } from "../../../../../src/transports/bucket/stores/s3/credentials/contract.ts";
import { instanceSource } from "../../../../../src/transports/bucket/stores/s3/credentials/instance.ts";
import {
  environmentSource,
  profileSource,
} from "../../../../../src/transports/bucket/stores/s3/credentials/local.ts";
import { webIdentitySource } from "../../../../../src/transports/bucket/stores/s3/credentials/web_identity.ts";
import { openS3 } from "../../../../../src/transports/bucket/stores/s3/open.ts";
import { parseIni } from "../../../../../src/transports/bucket/stores/s3/profile.ts";
import { BucketError } from "../../../../../src/transports/bucket/stores/errors.ts";
import { inTime } from "../../../../harness/eventually.ts";
import { ScriptedHttp, type Step } from "../../../../harness/scripted_http.ts";
import { test } from "../../../../harness/test.ts";
import { files, world } from "../world.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);

function http(): HttpClient {
  const { clock, random, fetch } = world();
  return new HttpClient({
    clock,
    random,
    fetch,
    patience: { ...PATIENCE, attempts: 2, attempt: 300, pause: 1 },
  });
}

const json = (id: string, more: Record<string, string> = {}): Step => ({
  status: 200,
  body: JSON.stringify({ AccessKeyId: id, SecretAccessKey: "s3cr3t", ...more }),
});

function quiet(error: unknown): true {
  assert.ok(error instanceof BucketError);
  assert.equal(error.code, "bucket/credentials");
  assert.doesNotMatch(Deno.inspect(error), /s3cr3t/);
  return true;
}

test("credentials of the environment", async () => {
  const load = (environment: Record<string, string>) => environmentSource({ environment }).load();
  assert.equal(await load({}), undefined);
  assert.deepEqual(
    await load({ AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "s3cr3t" }),
    { accessKeyId: "id", secretAccessKey: "s3cr3t" },
  );
  const token = { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "k", AWS_SESSION_TOKEN: "t" };
  assert.equal((await load(token))?.sessionToken, "t");
  for (
    const bad of [
      { AWS_ACCESS_KEY_ID: "id" },
      { AWS_SECRET_ACCESS_KEY: "s3cr3t" },
      { AWS_ACCESS_KEY_ID: "id\r\nx: y", AWS_SECRET_ACCESS_KEY: "s3cr3t" },
    ]
  ) await assert.rejects(async () => await load(bad as Record<string, string>), quiet);
});

test("the files of profiles are read as Amazon's tools do", () => {
  const sections = parseIni(
    "\ufeff# comment\r\nstray = 1\r\n[default]\r\nregion = eu-west-1  # here\r\n" +
      "[profile  a b ]\nAWS_Access_Key_Id=id\n; no\ns3 =\n  nested = 1\nendpoint_url = https://h/#x\n" +
      "[default] # again\noutput=json\nbroken\n[__proto__]\nx = 1\n",
  );
  assert.deepEqual(
    Object.fromEntries([...sections].map(([name, values]) => [name, { ...values }])),
    {
      "default": { region: "eu-west-1", output: "json" },
      "profile a b": { aws_access_key_id: "id", s3: "", endpoint_url: "https://h/#x" },
      ["__proto__"]: { x: "1" },
    },
  );
});

const CONFIG = `[default]
region = eu-west-1
[profile work]
aws_access_key_id = work-id
aws_secret_access_key = s3cr3t
[profile tool]
credential_process = /bin/true
[profile role]
role_arn = arn:x
[profile empty]
region = x
`;
const SECRETS = `[default]
aws_access_key_id = default-id
aws_secret_access_key = s3cr3t
aws_session_token = t0ken
[half]
aws_access_key_id = half-id
`;

test("credentials of a profile", async () => {
  const readFile = files({
    "/h/.aws/config": CONFIG,
    "/h/.aws/credentials": SECRETS,
    "/c": SECRETS,
  });
  const load = (more: Record<string, string>, wanted?: string) =>
    profileSource({ environment: { HOME: "/h", ...more }, readFile }, wanted).load();
  assert.equal((await load({}))?.accessKeyId, "default-id");
  assert.equal((await load({}))?.sessionToken, "t0ken");
  assert.equal((await load({ AWS_PROFILE: "work" }))?.accessKeyId, "work-id");
  assert.equal((await load({ AWS_PROFILE: "half" }, "work"))?.accessKeyId, "work-id");
  assert.equal(await load({ HOME: "/nobody" }), undefined);
  const elsewhere = { HOME: "/nobody", AWS_SHARED_CREDENTIALS_FILE: "/c" };
  assert.equal((await load(elsewhere))?.accessKeyId, "default-id");
  for (const name of ["half", "tool", "role", "empty", "absent"]) {
    await assert.rejects(() => load({ AWS_PROFILE: name }), quiet, name);
  }
  await assert.rejects(() => load({}, "tool"), /does not start programs/);
});

test("credentials of a container, with a token from a file that changes", async () => {
  await using server = await ScriptedHttp.start([
    json("one", { Token: "t", Expiration: "2026-01-02T09:00:00Z" }),
    json("two"),
  ]);
  let token = "Bearer abc\n";
  const source = containerSource({
    environment: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.url}/get`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/token",
    },
    readFile: () => Promise.resolve(token),
  }, http());
  assert.deepEqual(await source.load(), {
    accessKeyId: "one",
    secretAccessKey: "s3cr3t",
    sessionToken: "t",
    expiresAt: Date.UTC(2026, 0, 2, 9),
  });
  token = "def";
  assert.equal((await source.load())?.accessKeyId, "two");
  assert.deepEqual(server.requests.map(({ headers }) => headers.authorization), [
    "Bearer abc",
    "def",
  ]);
});

test("credentials of a container are only asked of this host, or over TLS", async () => {
  const load = (uri: string) =>
    containerSource({
      environment: { AWS_CONTAINER_CREDENTIALS_FULL_URI: uri },
      readFile: files({}),
    }, http()).load();
  for (
    const uri of ["http://evil.example/", "http://169.254.170.2.evil.example/", "ftp://x", "?"]
  ) {
    await assert.rejects(() => load(uri), quiet, uri);
  }
  assert.equal(
    await containerSource({ environment: {}, readFile: files({}) }, http()).load(),
    undefined,
  );
});

const BAD_ANSWERS: readonly (readonly [string, Step])[] = [
  ["no JSON", { status: 200, body: "s3cr3t" }],
  ["no object", { status: 200, body: '"s3cr3t"' }],
  ["no key", { status: 200, body: '{"SecretAccessKey":"s3cr3t"}' }],
  ["a key that would be two headers", json("a\r\nb")],
];

for (const [why, step] of BAD_ANSWERS) {
  test("credentials in an answer that cannot be used", async () => {
    await using server = await ScriptedHttp.start([step]);
    const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: server.url };
    const source = containerSource({ environment, readFile: files({}) }, http());
    await assert.rejects(() => source.load(), quiet);
  }, { why });
}

test("credentials of an instance, by version 2 of its service", async () => {
  await using server = await ScriptedHttp.start(({ method, target, headers }): Step => {
    if (method === "PUT") {
      assert.equal(headers["x-aws-ec2-metadata-token-ttl-seconds"], "21600");
      return { status: 200, body: "t0ken" };
    }
    if (headers["x-aws-ec2-metadata-token"] !== "t0ken") return { status: 401 };
    const roles = "/latest/meta-data/iam/security-credentials/";
    if (target === roles) return { status: 200, body: "my-role\n" };
    return target === `${roles}my-role` ? json("instance") : { status: 404 };
  });
  const environment = { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${server.url}/` };
  assert.equal((await instanceSource({ environment }, http()).load())?.accessKeyId, "instance");
  const disabled = { ...environment, AWS_EC2_METADATA_DISABLED: "true" };
  assert.equal(await instanceSource({ environment: disabled }, http()).load(), undefined);
});

test("where there is no instance, that is found soon and is no error", async () => {
  await using server = await ScriptedHttp.start(() => "hang");
  const load = (url: string) =>
    instanceSource({ environment: { AWS_EC2_METADATA_SERVICE_ENDPOINT: url } }, http()).load();
  assert.equal(await inTime("giving up", load(server.url)), undefined);
  await using without = await ScriptedHttp.start(() => ({ status: 404 }));
  assert.equal(await load(without.url), undefined);
});

test("credentials for a web identity, whose token is in no URL", async () => {
  const answer =
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>" +
    "<AccessKeyId>role</AccessKeyId><SecretAccessKey>s3cr3t</SecretAccessKey>" +
    "<SessionToken>t</SessionToken><Expiration>2026-01-02T09:00:00Z</Expiration>" +
    "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";
  await using server = await ScriptedHttp.start([
    { status: 503 },
    { status: 200, body: answer },
    { status: 400, body: "<Error>s3cr3t</Error>" },
    { status: 200, body: "<AssumeRoleWithWebIdentityResponse/>" },
  ]);
  const environment = {
    AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
    AWS_ROLE_ARN: "arn:aws:iam::1:role/r",
    AWS_ENDPOINT_URL_STS: server.url,
  };
  const load = (more: Record<string, string>, contents: Record<string, string>) =>
    webIdentitySource(
      { ...world(), environment: { ...environment, ...more }, readFile: files(contents) },
      "eu-x-1",
      http(),
    ).load();
  const token = { "/token": "s3cr3t.jwt\n" };
  assert.deepEqual(await load({}, token), {
    accessKeyId: "role",
    secretAccessKey: "s3cr3t",
    sessionToken: "t",
    expiresAt: Date.UTC(2026, 0, 2, 9),
  });
  const [, request] = server.requests;
  assert.equal(`${request?.method} ${request?.target}`, "POST /");
  const form = new URLSearchParams(new TextDecoder().decode(request?.body));
  assert.equal(form.get("WebIdentityToken"), "s3cr3t.jwt");
  assert.equal(form.get("RoleArn"), "arn:aws:iam::1:role/r");
  await assert.rejects(() => load({}, token), quiet, "refused");
  await assert.rejects(() => load({}, token), quiet, "an answer without any");
  await assert.rejects(() => load({}, {}), quiet, "no token");
  await assert.rejects(() => load({ AWS_ENDPOINT_URL_STS: "http://sts.example" }, token), quiet);
  assert.equal(await load({ AWS_ROLE_ARN: "" }, token), undefined);
  assert.equal(server.requests.length, 4);
});

/** A source that gives what it is told, in turn. */
function source(...given: readonly (Credentials | Error | undefined)[]) {
  let at = 0;
  return {
    name: "the test",
    get loads() {
      return at;
    },
    load: () => {
      const next = given[Math.min(at++, given.length - 1)];
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
    },
  };
}

const credentials = (id: string, expiresAt?: number): Credentials => ({
  accessKeyId: id,
  secretAccessKey: "s3cr3t",
  ...(expiresAt === undefined ? {} : { expiresAt }),
});

test("the first place that has credentials counts, and they are kept", async () => {
  const first = source(undefined);
  const second = source(credentials("a"));
  const third = source(credentials("b"));
  const chain = new CredentialChain([first, second, third], () => NOW);
  const found = await Promise.all(Array.from({ length: 5 }, () => chain.get()));
  assert.deepEqual(found.map(({ accessKeyId }) => accessKeyId), Array(5).fill("a"));
  await chain.get();
  assert.deepEqual([first.loads, second.loads, third.loads], [1, 1, 0]);
});

test("credentials are renewed before they expire; a failure then is not the end", async () => {
  let now = NOW;
  const hour = 3_600_000;
  const failure = new BucketError("bucket/unavailable", "not now");
  const given = source(credentials("a", NOW + hour), failure, credentials("b", NOW + 3 * hour));
  const chain = new CredentialChain([given], () => now);
  assert.equal((await chain.get()).accessKeyId, "a");
  now = NOW + hour - 360_000;
  assert.equal((await chain.get()).accessKeyId, "a");
  assert.equal(given.loads, 1);
  now = NOW + hour - 240_000;
  assert.equal((await chain.get()).accessKeyId, "a", "the old ones still hold");
  assert.equal((await chain.get()).accessKeyId, "b");
});

test("credentials that have expired and cannot be renewed are an error", async () => {
  let now = NOW;
  const failure = new BucketError("bucket/unavailable", "not now");
  const chain = new CredentialChain([source(credentials("a", NOW + 600_000), failure)], () => now);
  await chain.get();
  now = NOW + 600_000;
  await assert.rejects(() => chain.get(), { code: "bucket/unavailable" });
});

for (const [status, why] of [[404, "has none"], [403, "is shut"]] as const) {
  test(`no credentials anywhere, the metadata ${why}: the error says what to do`, async () => {
    await using metadata = await ScriptedHttp.start(() => ({ status }));
    await using server = await ScriptedHttp.start([]);
    await using bucket = await openS3(
      `s3://bucket?endpoint=${server.url}`,
      world({ environment: { AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url } }),
    );
    await assert.rejects(() => bucket.head("k"), (error: BucketError) => {
      assert.match(error.hint ?? "", /AWS_ACCESS_KEY_ID/);
      return quiet(error);
    });
  });
}

test("what the store says has expired is fetched anew, once", async () => {
  await using given = await ScriptedHttp.start([json("old"), json("new")]);
  await using server = await ScriptedHttp.start(({ headers }) =>
    headers.authorization?.includes("Credential=new/")
      ? { status: 200, headers: { etag: '"e"' } }
      : { status: 400, body: "<Error><Code>ExpiredToken</Code></Error>" }
  );
  const environment = { AWS_CONTAINER_CREDENTIALS_FULL_URI: given.url };
  await using bucket = await openS3(
    `s3://bucket?endpoint=${server.url}`,
    world({ environment }),
  );
  assert.equal((await bucket.head("k"))?.etag, "e");
  assert.equal(server.requests.length, 2);
});
