import assert from "node:assert/strict";
import {
  azureUrl,
  readAzureAddress,
} from "../../../../../src/transports/bucket/stores/azure/address.ts";
import { ChatnodeError } from "../../../../../src/errors.ts";
import { test } from "../../../../harness/test.ts";

const KEY = "c2VjcmV0IGtleQ==";
const CONNECTION =
  `DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=${KEY};EndpointSuffix=core.windows.net`;
const SAS = "sv=2021-12-02&ss=b&srt=co&sp=rwl&se=2030-01-01T00:00:00Z&sig=c2lnbmF0dXJl";

type Environment = Readonly<Record<string, string>>;

function read(location: string, environment: Environment) {
  return readAzureAddress(location, (name) => environment[name]);
}

interface Row {
  readonly location: string;
  readonly environment: Environment;
  readonly url: string;
  readonly account: string;
  readonly prefix?: string;
  readonly credential: "shared-key" | "sas";
  readonly why: string;
}

const ROWS: readonly Row[] = [
  {
    location: "az://chat",
    environment: { AZURE_STORAGE_CONNECTION_STRING: CONNECTION },
    url: "https://acct.blob.core.windows.net/chat",
    account: "acct",
    credential: "shared-key",
    why: "a connection string says it all",
  },
  {
    location: "az://chat/a%20b/c/",
    environment: { AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_KEY: KEY },
    url: "https://acct.blob.core.windows.net/chat/a%20b/c",
    account: "acct",
    prefix: "a b/c",
    credential: "shared-key",
    why: "account and key apart",
  },
  {
    location: "az://chat/p",
    environment: { AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_SAS_TOKEN: `?${SAS}` },
    url: "https://acct.blob.core.windows.net/chat/p",
    account: "acct",
    prefix: "p",
    credential: "sas",
    why: "a signature, with the question mark that the portal puts before it",
  },
  {
    location: "az://chat",
    environment: {
      AZURE_STORAGE_ACCOUNT: "acct",
      AZURE_STORAGE_KEY: KEY,
      AZURE_STORAGE_SERVICE_ENDPOINT: "https://acct.blob.core.chinacloudapi.cn/",
    },
    url: "https://acct.blob.core.chinacloudapi.cn/chat",
    account: "acct",
    credential: "shared-key",
    why: "another cloud",
  },
  {
    location: "https://acct.blob.core.windows.net/chat/p/q",
    environment: { AZURE_STORAGE_ACCOUNT: "acct", AZURE_STORAGE_SAS_TOKEN: SAS },
    url: "https://acct.blob.core.windows.net/chat/p/q",
    account: "acct",
    prefix: "p/q",
    credential: "sas",
    why: "the URL as the portal gives it, its signature apart",
  },
  {
    location: "https://acct.blob.core.windows.net/chat",
    environment: { AZURE_STORAGE_CONNECTION_STRING: CONNECTION },
    url: "https://acct.blob.core.windows.net/chat",
    account: "acct",
    credential: "shared-key",
    why: "the URL of the account that the key is for",
  },
  {
    location: "az://chat/p?insecure=true",
    environment: {
      AZURE_STORAGE_CONNECTION_STRING:
        `AccountName=a;AccountKey=${KEY};BlobEndpoint=http://10.0.0.1/a`,
    },
    url: "http://10.0.0.1/a/chat/p",
    account: "a",
    prefix: "p",
    credential: "shared-key",
    why: "an emulator on another machine, when it is meant",
  },
  {
    location: "http://127.0.0.1:10000/devstoreaccount1/chat/p",
    environment: { AZURE_STORAGE_CONNECTION_STRING: "UseDevelopmentStorage=true" },
    url: "http://127.0.0.1:10000/devstoreaccount1/chat/p",
    account: "devstoreaccount1",
    prefix: "p",
    credential: "shared-key",
    why: "an emulator has the account in the path",
  },
  {
    location: "az://chat",
    environment: {
      AZURE_STORAGE_CONNECTION_STRING:
        `BlobEndpoint=https://chat.example.org/;SharedAccessSignature=${SAS}`,
    },
    url: "https://chat.example.org/chat",
    account: "",
    credential: "sas",
    why: "a domain of one's own, which does not tell the account",
  },
];

for (const { location, environment, why, prefix = "", ...wanted } of ROWS) {
  test(`azure address: ${location.split("?")[0]}`, () => {
    const address = read(location, environment);
    assert.deepEqual(
      {
        url: azureUrl(address),
        account: address.account,
        credential: address.credential.kind,
        prefix: address.prefix,
      },
      { ...wanted, prefix },
    );
  }, { why });
}

const SET = { AZURE_STORAGE_CONNECTION_STRING: CONNECTION };

const REFUSED: readonly (readonly [string, Environment, string, string])[] = [
  ["az://chat", {}, "bucket/credentials", "nobody is named"],
  ["az://chat", { AZURE_STORAGE_ACCOUNT: "acct" }, "bucket/credentials", "nothing proves it"],
  ["az://Chat", SET, "bucket/address", "upper case is no container"],
  ["az://", SET, "bucket/address", "no container at all"],
  ["az://a", SET, "bucket/address", "too short for a container"],
  ["az://$root/x", SET, "bucket/address", "a container of the service's own"],
  ["az://chat/%ff", SET, "bucket/address", "not UTF-8"],
  ["az://chat/p?x=1", SET, "bucket/address", "a query means nothing here"],
  ["az://user:pw@chat/p", SET, "bucket/address", "no user"],
  [`az://chat?${SAS}`, {}, "bucket/address", "whose signature would it be"],
  ["https://acct.blob.core.windows.net/chat?sv=1", SET, "bucket/address", "half a signature"],
  [
    `https://acct.blob.core.windows.net/chat?${SAS}`,
    SET,
    "bucket/address",
    "a list of processes shows URLs",
  ],
  [
    "https://other.blob.core.windows.net/chat",
    SET,
    "bucket/credentials",
    "one account's key is not for another",
  ],
  [
    "https://acct.blob.example.org/chat",
    SET,
    "bucket/credentials",
    "the same account name on another host is another's",
  ],
  [
    "az://chat",
    {
      AZURE_STORAGE_CONNECTION_STRING:
        `BlobEndpoint=http://acct.blob.core.windows.net;SharedAccessSignature=${SAS}`,
    },
    "bucket/insecure",
    "readable on the way",
  ],
  [
    "az://chat",
    {
      AZURE_STORAGE_CONNECTION_STRING:
        `BlobEndpoint=http://10.0.0.1/acct;AccountName=a;AccountKey=${KEY}`,
    },
    "bucket/insecure",
    "http with another machine",
  ],
  [
    "az://chat",
    { AZURE_STORAGE_CONNECTION_STRING: "AccountName=acct;AccountKey=not base64!" },
    "bucket/address",
    "a key that is none",
  ],
  ["az://chat", { AZURE_STORAGE_CONNECTION_STRING: KEY }, "bucket/address", "no pairs"],
  [
    "az://chat",
    { AZURE_STORAGE_CONNECTION_STRING: `AccountKey=${KEY}` },
    "bucket/address",
    "whose key is it",
  ],
];

for (const [location, environment, code, why] of REFUSED) {
  test(`azure address: refuses ${location.split("?")[0]}`, () => {
    assert.throws(() => read(location, environment), (error) => {
      assert.ok(error instanceof ChatnodeError);
      assert.equal(error.code, code);
      const said = `${error.message} ${error.hint}`;
      for (const secret of [KEY, "c2lnbmF0dXJl", "pw@"]) assert.ok(!said.includes(secret));
      return true;
    });
  }, { why });
}
