/** Files, pictures, lists and news from those who mean harm. */
import assert from "node:assert/strict";
import { avatars } from "../../../../src/transports/xmpp/features/avatars.ts";
import { blocking } from "../../../../src/transports/xmpp/features/blocking.ts";
import { bookmarks } from "../../../../src/transports/xmpp/features/bookmarks.ts";
import { type MessageEvent, messages } from "../../../../src/transports/xmpp/features/messages.ts";
import { nicknames } from "../../../../src/transports/xmpp/features/nicknames.ts";
import { download, readFile, uploads } from "../../../../src/transports/xmpp/features/uploads.ts";
import { bytesBody } from "../../../../src/transports/xmpp/https_put.ts";
import { FeatureStage } from "../../../harness/feature_stage.ts";
import { test } from "../../../harness/test.ts";

const URLS: readonly (readonly [string, string, string, boolean])[] = [
  ["a file", "https://example.org/f", "https://example.org/f", true],
  ["an address that anybody could read", "http://example.org/f", "http://example.org/f", false],
  ["a program", "javascript:alert(1)", "javascript:alert(1)", false],
  ["a local file", "file:///etc/passwd", "file:///etc/passwd", false],
  ["another address than the text shows", "https://evil.example/f", "https://example.org/f", false],
  ["a name that hides the host", "https://a@evil.example/f", "https://a@evil.example/f", false],
  ["no address", "f", "f", false],
];

for (const [why, url, body, counts] of URLS) {
  test(`files: ${why}`, () => {
    const stage = new FeatureStage([messages]);
    stage.hear(`<message from="bob@localhost/x" to="alice@localhost" type="chat">\
<body>${body}</body><x xmlns="jabber:x:oob"><url>${url}</url></x></message>`);
    const [event] = stage.all<MessageEvent>("message");
    assert.equal(event !== undefined && readFile(event.message) !== undefined, counts);
  });
}

/** Answers by address. */
function web(answers: Readonly<Record<string, () => Response>>): {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
} {
  return {
    fetch: (url, { redirect }) => {
      assert.equal(redirect, "manual");
      const answer = answers[url];
      if (answer === undefined) throw new TypeError(`nobody is at ${url}`);
      return Promise.resolve(answer());
    },
  };
}

const to = (location: string) => (): Response =>
  new Response(null, { status: 302, headers: { location } });

test("download: a redirection is followed over TLS alone, and not for ever", async () => {
  const start = new URL("https://a.example/f");
  const good = web({
    "https://a.example/f": to("/g"),
    "https://a.example/g": () => new Response("hello"),
  });
  assert.equal(new TextDecoder().decode((await download(start, good)).bytes), "hello");
  await assert.rejects(
    download(start, web({ "https://a.example/f": to("http://a.example/g") })),
    { code: "xmpp/insecure" },
  );
  await assert.rejects(
    download(start, web({ "https://a.example/f": to("https://a.example/f") })),
    { code: "xmpp/unreachable" },
  );
});

test("download: what is larger than said, or says how large it is", async () => {
  const url = new URL("https://a.example/f");
  let chunks = 0;
  const endless = web({
    "https://a.example/f": () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            chunks += 1;
            controller.enqueue(new Uint8Array(1_000));
          },
        }),
      ),
  });
  await assert.rejects(download(url, { ...endless, most: 10_000 }), { code: "xmpp/protocol" });
  assert.ok(chunks < 20, "it is not read on");
  const honest = web({
    "https://a.example/f": () =>
      new Response("x".repeat(20_000), { headers: { "content-length": "20000" } }),
  });
  await assert.rejects(download(url, { ...honest, most: 10_000 }), { code: "xmpp/protocol" });
});

const SLOTS: readonly (readonly [string, string, string])[] = [
  ["a slot without TLS", "http://up.example/1", "https://up.example/1"],
  ["a file that others would get without TLS", "https://up.example/1", "http://up.example/1"],
  ["a slot that is no address", "up", "https://up.example/1"],
];

for (const [why, put, get] of SLOTS) {
  test(`upload: ${why}`, async () => {
    const stage = new FeatureStage([uploads]);
    const info = `<query xmlns="http://jabber.org/protocol/disco#info">\
<feature var="urn:xmpp:http:upload:0"/></query>`;
    const uploading = stage.use(uploads).upload(
      { name: "f", type: "text/plain", body: bytesBody(new Uint8Array(1)) },
      { put: () => Promise.reject(new Error("nothing must be sent")) },
    );
    const refused = assert.rejects(uploading, { code: "xmpp/insecure" });
    (await stage.request("query")).answer(
      `<query xmlns="http://jabber.org/protocol/disco#items"/>`,
    );
    (await stage.request("query")).answer(info);
    (await stage.request("query")).answer(info);
    (await stage.request("request")).answer(
      `<slot xmlns="urn:xmpp:http:upload:0"><put url="${put}"/><get url="${get}"/></slot>`,
    );
    await refused;
  });
}

test("upload: headers that the server must not set are left out", async () => {
  const stage = new FeatureStage([uploads]);
  const info = `<query xmlns="http://jabber.org/protocol/disco#info">\
<feature var="urn:xmpp:http:upload:0"/></query>`;
  let headers: unknown;
  const uploading = stage.use(uploads).upload(
    { name: "f", type: "text/plain", body: bytesBody(new Uint8Array(1)) },
    {
      put: (_url, _body, options) => {
        headers = options.headers;
        return Promise.resolve(201);
      },
    },
  );
  (await stage.request("query")).answer(`<query xmlns="http://jabber.org/protocol/disco#items"/>`);
  (await stage.request("query")).answer(info);
  (await stage.request("query")).answer(info);
  (await stage.request("request")).answer(`<slot xmlns="urn:xmpp:http:upload:0">\
<put url="https://up.example/1"><header name="Authorization">Basic\r\nx: y</header>\
<header name="Host">evil.example</header></put><get url="https://up.example/1"/></slot>`);
  await uploading;
  assert.deepEqual(headers, { authorization: "Basicx: y", "content-type": "text/plain" });
});

test("blocking: a stranger cannot change the list", async () => {
  const stage = new FeatureStage([blocking]);
  const push = (from: string): string =>
    `<iq type="set" id="1" ${from}><block xmlns="urn:xmpp:blocking">\
<item jid="friend@localhost"/></block></iq>`;
  for (
    const from of [`from="mallory@localhost/x"`, `from="localhost"`, `from="alice@localhost/b"`]
  ) {
    assert.equal((await stage.serve(push(from))).attrs["type"], "error");
    assert.equal(stage.use(blocking).blocked.size, 0);
  }
  assert.equal((await stage.serve(push(""))).attrs["type"], "result");
  assert.deepEqual([...stage.use(blocking).blocked], ["friend@localhost"]);
});

function news(from: string, node: string, item: string): string {
  return `<message from="${from}"><event xmlns="http://jabber.org/protocol/pubsub#event">\
<items node="${node}">${item}</items></event></message>`;
}

test("bookmarks: those that somebody else sends are not one's own", () => {
  const stage = new FeatureStage([bookmarks]);
  const item = `<item id="trap@chat.example"><conference xmlns="urn:xmpp:bookmarks:1" \
autojoin="true"/></item>`;
  for (const from of ["mallory@localhost", "localhost", "alice@localhost/other"]) {
    stage.hear(news(from, "urn:xmpp:bookmarks:1", item));
    assert.equal(stage.use(bookmarks).all.size, 0, from);
  }
  stage.hear(news("alice@localhost", "urn:xmpp:bookmarks:1", item));
  assert.equal(stage.use(bookmarks).all.size, 1);
});

test("nicknames: are of who sends them, and not for ever long", () => {
  const stage = new FeatureStage([nicknames]);
  const nick = `<nick xmlns="http://jabber.org/protocol/nick">${"A".repeat(5_000)}</nick>`;
  stage.hear(
    news("bob@localhost", "http://jabber.org/protocol/nick", `<item id="1">${nick}</item>`),
  );
  assert.deepEqual(stage.all("nickname").map((event) => ({ ...event })), [
    { kind: "nickname", from: "bob@localhost", nickname: "A".repeat(200) },
  ]);
});

const PICTURES: readonly (readonly [string, string, RegExp])[] = [
  ["another picture than was announced", "iVBORw0KGgoAAAANSUhEUgAAAAE=", /hash says/],
  ["no base64", "&lt;svg&gt;", /base64/],
  ["larger than pictures are", "A".repeat(400_000), /too large/],
];

for (const [why, data, refusal] of PICTURES) {
  test(`avatars: ${why}`, async () => {
    const stage = new FeatureStage([avatars]);
    const hash = "0".repeat(40);
    stage.hear(news(
      "bob@localhost",
      "urn:xmpp:avatar:metadata",
      `<item id="${hash}"><metadata xmlns="urn:xmpp:avatar:metadata">\
<info id="${hash}" type="image/png" bytes="1"/></metadata></item>`,
    ));
    assert.equal(stage.use(avatars).hashOf("bob@localhost"), hash);
    const fetching = stage.use(avatars).fetch("bob@localhost");
    const refused = assert.rejects(fetching, refusal);
    (await stage.request("pubsub")).answer(
      `<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="urn:xmpp:avatar:data">\
<item id="${hash}"><data xmlns="urn:xmpp:avatar:data">${data}</data></item></items></pubsub>`,
    );
    await refused;
  });
}

test("avatars: a hash that is none is no hash", () => {
  const stage = new FeatureStage([avatars]);
  stage.hear(`<presence from="bob@localhost/x"><x xmlns="vcard-temp:x:update">\
<photo>../../etc/passwd</photo></x></presence>`);
  assert.equal(stage.use(avatars).hashOf("bob@localhost"), undefined);
});
