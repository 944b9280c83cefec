/** Which account and which server the address and the variables of earlier clients mean. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { readAccount, variablesOf } from "../../../src/commands/xmpp/account.ts";
import { ChatnodeError } from "../../../src/errors.ts";
import { withDataFolder } from "../../harness/data_folder.ts";
import { test } from "../../harness/test.ts";

interface Case {
  readonly why: string;
  readonly address?: string;
  readonly connect?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly gives: string;
}

const CASES: readonly Case[] = [
  { why: "an address", address: "xmpp:alice@example.org", gives: "alice@example.org by DNS" },
  {
    why: "with a resource",
    address: "xmpp:Alice@Example.org/Desk",
    gives: "alice@example.org by DNS as Desk",
  },
  { why: "as a link", address: "xmpp://alice@example.org", gives: "alice@example.org by DNS" },
  {
    why: "escaped, as RFC 5122 has it",
    address: "xmpp:nasty%23name@example.org",
    gives: "nasty#name@example.org by DNS",
  },
  {
    why: "a server that is named",
    address: "xmpp:alice@example.org",
    connect: "xmpps://192.0.2.1",
    gives: "alice@example.org xmpps://192.0.2.1:5223",
  },
  {
    why: "the variables' own",
    variables: { XMPP_JID: "bob@example.net", XMPP_RESOURCE: "bot" },
    gives: "bob@example.net by DNS as bot",
  },
  {
    why: "a name and a server",
    variables: { XMPP_USERNAME: "bob", XMPP_SERVER: "example.net" },
    gives: "bob@example.net by DNS",
  },
  {
    why: "a JID as the name, and a server to connect to",
    variables: { XMPP_USERNAME: "bob@example.net", XMPP_SERVER: "192.0.2.7", XMPP_PORT: "5223" },
    gives: "bob@example.net xmpp://192.0.2.7:5223",
  },
  {
    why: "a port alone",
    variables: { XMPP_JID: "bob@example.net", XMPP_PORT: "5333" },
    gives: "bob@example.net xmpp://example.net:5333",
  },
  {
    why: "the flag goes before the variables",
    variables: { XMPP_JID: "bob@example.net", XMPP_SERVER: "192.0.2.7" },
    connect: "wss://example.net/ws",
    gives: "bob@example.net wss://example.net/ws",
  },
  {
    why: "the address goes before the variables, and its resource too",
    address: "xmpp:alice@example.org/phone",
    variables: { XMPP_JID: "bob@example.net", XMPP_RESOURCE: "bot" },
    gives: "alice@example.org by DNS as phone",
  },
];

for (const { why, address = "xmpp:", connect, variables = {}, gives } of CASES) {
  test(`an XMPP account: ${why}`, () => {
    const { jid, resource, target } = readAccount({ address, connect, variables });
    const where = target === undefined ? "by DNS" : target.service;
    const as = resource === undefined ? "" : ` as ${resource}`;
    assert.equal(`${jid.bare} ${where}${as}`, gives);
  });
}

const REFUSED: readonly Omit<Case, "gives">[] = [
  { why: "nobody is named" },
  { why: "a name without a server", variables: { XMPP_USERNAME: "bob" } },
  { why: "a server has no account", address: "xmpp:example.org" },
  { why: "no JID", address: "xmpp:a b@c" },
  { why: "no port", variables: { XMPP_JID: "a@b", XMPP_PORT: "none" } },
  { why: "no address to connect to", address: "xmpp:a@b", connect: "https://b" },
];

for (const { why, address = "xmpp:", connect, variables = {} } of REFUSED) {
  test(`no XMPP account: ${why}`, () => {
    assert.throws(() => readAccount({ address, connect, variables }), ChatnodeError);
  });
}

test("the environment goes before .env", async () => {
  await withDataFolder(async (folder) => {
    assert.deepEqual(await variablesOf({ A: "1" }, folder), { A: "1" });
    await Deno.writeTextFile(join(folder, ".env"), "XMPP_JID='a@b'\nXMPP_PASSWORD=x # old\nA=2\n");
    const variables = await variablesOf({ A: "1" }, folder);
    assert.deepEqual(variables, { XMPP_JID: "a@b", XMPP_PASSWORD: "x", A: "1" });
  });
});
