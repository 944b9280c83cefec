import assert from "node:assert/strict";
import {
  googleUrl,
  readGoogleAddress,
} from "../../../../../src/transports/bucket/stores/gcs/address.ts";
import {
  type CredentialSurroundings,
  findGoogleCredential,
  readCredentialFile,
} from "../../../../../src/transports/bucket/stores/gcs/credentials.ts";
import { ChatnodeError } from "../../../../../src/errors.ts";
import { test } from "../../../../harness/test.ts";

type Environment = Readonly<Record<string, string>>;

test("google address: what a URL means", () => {
  const rows: readonly (readonly [string, Environment, string, string, string])[] = [
    ["gs://chat", {}, "https://storage.googleapis.com", "chat", ""],
    [
      "gs://my_chat.example.org/a%20b/c/",
      {},
      "https://storage.googleapis.com",
      "my_chat.example.org",
      "a b/c",
    ],
    [
      "gs://chat/p",
      { GCS_ENDPOINT: "https://storage-psc.p.googleapis.com/" },
      "https://storage-psc.p.googleapis.com",
      "chat",
      "p",
    ],
    [
      "gs://chat/p",
      { GCS_ENDPOINT: "http://127.0.0.1:4443" },
      "http://127.0.0.1:4443",
      "chat",
      "p",
    ],
  ];
  for (const [location, environment, endpoint, bucket, prefix] of rows) {
    const address = readGoogleAddress(location, (name) => environment[name]);
    assert.deepEqual(address, { endpoint, bucket, prefix });
    assert.equal(googleUrl(address), location.replace(/\/?(\?.*)?$/, ""));
  }
});

const REFUSED: readonly (readonly [string, Environment, string, string?])[] = [
  ["gs://", {}, "no bucket"],
  ["gs://Chat", {}, "upper case"],
  ["gs://ab", {}, "too short"],
  ["gs://a..b", {}, "an empty part"],
  ["gs://chat?x=1", {}, "a parameter that nobody knows"],
  ["gs://chat?endpoint=https://a&endpoint=https://b", {}, "said twice"],
  ["gs://chat#x", {}, "neither does a fragment"],
  ["gs://user@chat", {}, "no user"],
  ["gs://chat:80", {}, "no port"],
  ["gs://chat/%ff", {}, "not UTF-8"],
  ["s3://chat", {}, "another store"],
  [
    "gs://chat",
    { GCS_ENDPOINT: "http://storage.example.org" },
    "readable on the way",
    "bucket/insecure",
  ],
  ["gs://chat", { GCS_ENDPOINT: "https://storage.example.org/path" }, "more than an origin"],
];

for (const [location, environment, why, code = "bucket/address"] of REFUSED) {
  test(`google address: refuses ${location}`, () => {
    assert.throws(
      () => readGoogleAddress(location, (name) => environment[name]),
      (error) => error instanceof ChatnodeError && error.code === code,
    );
  }, { why });
}

const ACCOUNT = {
  type: "service_account",
  client_email: "w@x.iam.gserviceaccount.com",
  private_key: "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n",
  private_key_id: "k1",
  token_uri: "https://oauth2.googleapis.com/token",
};
const USER = {
  type: "authorized_user",
  client_id: "c",
  client_secret: "client secret",
  refresh_token: "refresh secret",
};

function surroundings(environment: Environment, files: Readonly<Record<string, unknown>> = {}) {
  const result: CredentialSurroundings = {
    environment,
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) return Promise.resolve(undefined);
      if (content instanceof Error) return Promise.reject(content);
      return Promise.resolve(typeof content === "string" ? content : JSON.stringify(content));
    },
  };
  return result;
}

const WELL_KNOWN = "/h/.config/gcloud/application_default_credentials.json";

const FOUND:
  readonly (readonly [Environment, Readonly<Record<string, unknown>>, string, string])[] = [
    [
      { GCS_HMAC_ACCESS_ID: "a", GCS_HMAC_SECRET: "b", GOOGLE_APPLICATION_CREDENTIALS: "/f" },
      {
        "/f": ACCOUNT,
      },
      "hmac",
      "an HMAC key is the most particular",
    ],
    [
      { GOOGLE_APPLICATION_CREDENTIALS: "/f", HOME: "/h" },
      { "/f": ACCOUNT, [WELL_KNOWN]: USER },
      "service_account",
      "the file that is named",
    ],
    [{ HOME: "/h" }, { [WELL_KNOWN]: USER }, "authorized_user", "gcloud's own file"],
    [
      { HOME: "/h", CLOUDSDK_CONFIG: "/g" },
      { "/g/application_default_credentials.json": USER, [WELL_KNOWN]: ACCOUNT },
      "authorized_user",
      "gcloud's own file elsewhere",
    ],
    [{ HOME: "/h" }, {}, "metadata", "nothing else is there"],
    [{}, {}, "metadata", "no home at all"],
  ];

for (const [environment, files, type, why] of FOUND) {
  test(`google credentials: ${type}`, async () => {
    const found = await findGoogleCredential(surroundings(environment, files));
    assert.equal(found.type, type);
  }, { why });
}

const NAMED = { GOOGLE_APPLICATION_CREDENTIALS: "/f" };

const UNUSABLE: readonly (readonly [Environment, Readonly<Record<string, unknown>>, string])[] = [
  [{ GCS_HMAC_ACCESS_ID: "a" }, {}, "half an HMAC key"],
  [NAMED, {}, "the file is not there; another one must not be taken instead"],
  [NAMED, { "/f": new Deno.errors.PermissionDenied("no") }, "the file may not be read"],
  [NAMED, { "/f": "secret, not JSON" }, "no JSON"],
  [NAMED, { "/f": '["secret"]' }, "no object"],
  [NAMED, { "/f": { ...ACCOUNT, private_key: "" } }, "no key in it"],
  [NAMED, { "/f": { ...ACCOUNT, client_email: 7 } }, "no name in it"],
  [NAMED, { "/f": { ...ACCOUNT, token_uri: "http://evil.example/token" } }, "readable on the way"],
  [NAMED, { "/f": { ...USER, refresh_token: undefined } }, "no token in it"],
  [NAMED, { "/f": { type: "external_account", secret: "s" } }, "not supported, and said so"],
  [NAMED, { "/f": "x".repeat(70_000) }, "longer than any key file"],
];

for (const [environment, files, why] of UNUSABLE) {
  test("google credentials: refuses", async () => {
    await assert.rejects(() => findGoogleCredential(surroundings(environment, files)), (error) => {
      assert.ok(error instanceof ChatnodeError);
      assert.equal(error.code, "bucket/address");
      assert.doesNotMatch(`${error.message} ${error.hint}`, /secret|BEGIN/);
      return true;
    });
  }, { why });
}

test("google credentials: a person's file needs no token_uri", () => {
  const found = readCredentialFile(JSON.stringify(USER));
  assert.ok(found.type === "authorized_user");
  assert.equal(found.tokenUri, "https://oauth2.googleapis.com/token");
});
