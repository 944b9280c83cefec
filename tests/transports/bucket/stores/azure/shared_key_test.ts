import assert from "node:assert/strict";
import {
  sharedKeyAuthorization,
  stringToSign,
} from "../../../../../src/transports/bucket/stores/azure/shared_key.ts";
import { test } from "../../../../harness/test.ts";

test("shared key: what is signed, as the documentation's example has it", () => {
  const url = new URL(
    "https://myaccount.blob.core.windows.net/mycontainer?restype=container&comp=metadata&timeout=20",
  );
  const headers = new Headers({
    "x-ms-version": "2015-02-21",
    "x-ms-date": "Fri, 26 Jun 2015 23:39:12 GMT",
  });
  assert.equal(
    stringToSign({ method: "GET", url, headers, length: 0 }, "myaccount"),
    "GET\n\n\n\n\n\n\n\n\n\n\n\n" +
      "x-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n" +
      "/myaccount/mycontainer\ncomp:metadata\nrestype:container\ntimeout:20",
  );
});

test("shared key: every header has its line", () => {
  const url = new URL("http://127.0.0.1/acct/chat/a%20b?comp=list&prefix=a%2Bb%20c");
  const headers = new Headers({
    "Content-MD5": "md5",
    "Content-Type": "type",
    "If-Match": '"m"',
    "If-None-Match": "*",
    "x-ms-b": "two  \t spaces",
    "x-ms-a": "1",
    "Accept-Encoding": "not signed",
  });
  assert.equal(
    stringToSign({ method: "PUT", url, headers, length: 12 }, "acct"),
    'PUT\n\n\n12\nmd5\ntype\n\n\n"m"\n*\n\n\nx-ms-a:1\nx-ms-b:two spaces\n' +
      "/acct/acct/chat/a%20b\ncomp:list\nprefix:a+b c",
  );
});

test("shared key: parameters are ordered by their names alone", () => {
  const url = new URL("http://a/b?comp2=x&Comp=y&comp%2D=z");
  const signed = stringToSign({ method: "GET", url, headers: new Headers(), length: 0 }, "a");
  assert.deepEqual(signed.split("\n").slice(-3), ["comp:y", "comp-:z", "comp2:x"]);
});

test("shared key: the signature is an HMAC-SHA256 in base64", () => {
  const request = {
    method: "GET",
    url: new URL("https://a/b"),
    headers: new Headers(),
    length: 0,
  };
  assert.match(
    sharedKeyAuthorization(request, "a", new Uint8Array(32)),
    /^SharedKey a:[A-Za-z0-9+/]{43}=$/,
  );
});
