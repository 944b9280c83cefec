import assert from "node:assert/strict";
import {
  baseUrl,
  parseS3Location,
  resolveS3Address,
} from "../../../../../src/transports/bucket/stores/s3/address.ts";
import { test } from "../../../../harness/test.ts";

const ROWS: readonly (readonly [
  why: string,
  location: string,
  environment: Readonly<Record<string, string>>,
  profile: { region?: string; endpoint?: string },
  url: string,
])[] = [
  ["Amazon's own", "s3://bucket/p", {}, {}, "https://bucket.s3.us-east-1.amazonaws.com"],
  [
    "a region",
    "s3://bucket?region=eu-west-1",
    { AWS_REGION: "x" },
    {},
    "https://bucket.s3.eu-west-1.amazonaws.com",
  ],
  ["AWS_REGION", "s3://bucket", { AWS_REGION: "eu-west-2", AWS_DEFAULT_REGION: "x" }, {
    region: "y",
  }, "https://bucket.s3.eu-west-2.amazonaws.com"],
  [
    "AWS_DEFAULT_REGION",
    "s3://bucket",
    { AWS_DEFAULT_REGION: "eu-west-3" },
    { region: "y" },
    "https://bucket.s3.eu-west-3.amazonaws.com",
  ],
  [
    "a profile's region",
    "s3://bucket",
    {},
    { region: "eu-west-4" },
    "https://bucket.s3.eu-west-4.amazonaws.com",
  ],
  [
    "China",
    "s3://bucket?region=cn-north-1",
    {},
    {},
    "https://bucket.s3.cn-north-1.amazonaws.com.cn",
  ],
  ["a dot in the name", "s3://my.bucket", {}, {}, "https://s3.us-east-1.amazonaws.com/my.bucket"],
  ["an endpoint", "s3://bucket?endpoint=https://h:9000/", {}, {}, "https://h:9000/bucket"],
  [
    "an endpoint without a scheme",
    "s3://bucket?endpoint=h.example",
    {},
    {},
    "https://h.example/bucket",
  ],
  [
    "an endpoint with a path",
    "s3://bucket?endpoint=https://h/store/",
    {},
    {},
    "https://h/store/bucket",
  ],
  [
    "an endpoint, virtual",
    "s3://bucket?endpoint=https://h:9000&style=virtual",
    {},
    {},
    "https://bucket.h:9000",
  ],
  [
    "Amazon's, by path",
    "s3://bucket?style=path",
    {},
    {},
    "https://s3.us-east-1.amazonaws.com/bucket",
  ],
  [
    "AWS_ENDPOINT_URL",
    "s3://bucket",
    { AWS_ENDPOINT_URL: "https://a" },
    { endpoint: "https://p" },
    "https://a/bucket",
  ],
  [
    "AWS_ENDPOINT_URL_S3",
    "s3://bucket",
    { AWS_ENDPOINT_URL_S3: "https://b", AWS_ENDPOINT_URL: "https://a" },
    {},
    "https://b/bucket",
  ],
  ["a profile's endpoint", "s3://bucket", {}, { endpoint: "https://p" }, "https://p/bucket"],
  [
    "loopback without TLS",
    "s3://bucket?endpoint=http://127.0.0.1:9000",
    {},
    {},
    "http://127.0.0.1:9000/bucket",
  ],
  [
    "loopback of the other kind",
    "s3://bucket?endpoint=http://[::1]:9000",
    {},
    {},
    "http://[::1]:9000/bucket",
  ],
  [
    "insecure, when said so",
    "s3://bucket?endpoint=http://10.0.0.1&insecure=true",
    {},
    {},
    "http://10.0.0.1/bucket",
  ],
];

for (const [why, location, environment, profile, url] of ROWS) {
  test(`S3 address: ${location}`, () => {
    const address = resolveS3Address(
      parseS3Location(location),
      (name) => environment[name],
      { name: "default", values: {}, ...profile },
    );
    assert.equal(baseUrl(address), url);
  }, { why });
}

test("S3 address: an endpoint of the environment has to be safe as well", () => {
  const resolve = (name: string) =>
    resolveS3Address(
      parseS3Location("s3://bucket"),
      (each) => each === name ? "http://store.example" : undefined,
      { name: "default", values: {} },
    );
  for (const name of ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"]) {
    assert.throws(() => resolve(name), { code: "bucket/insecure" });
  }
});

test("S3 address: a prefix is decoded once", () => {
  assert.equal(parseS3Location("s3://bucket/a%20b/c%2525/").prefix, "a b/c%25");
});
