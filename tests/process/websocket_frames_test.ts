/** Frames that no well-behaved WebSocket client sends, to both dialects of the real process. */
import assert from "node:assert/strict";
import { withDataFolder } from "../harness/data_folder.ts";
import { encodeFrame, type FrameOptions, OPCODE, RawWebSocket } from "../harness/raw_websocket.ts";
import { type ServerProcess, startServer } from "../harness/server_process.ts";
import { test } from "../harness/test.ts";
import { Bystanders } from "./bystanders.ts";

const MIB = 1024 * 1024;
const utf8 = (text: string) => new TextEncoder().encode(text);
const close = (code: number, reason: string | Uint8Array = "") => {
  const tail = typeof reason === "string" ? utf8(reason) : reason;
  return { opcode: OPCODE.close, payload: Uint8Array.of(code >> 8, code & 255, ...tail) };
};
const text = (payload: string | Uint8Array) => ({ opcode: OPCODE.text, payload });
const begun = { ...text("begun"), fin: false };

/** What ends a connection, and with which code. RFC 6455 section 7.4.1 says which fits what. */
const deadly: readonly { why: string; send: readonly FrameOptions[]; code: number }[] = [
  { why: "clients have to mask", send: [{ ...text("hi"), masked: false }], code: 1002 },
  ...[1, 2, 4, 7].map((rsv) => ({
    why: `reserved bits ${rsv}, nothing negotiated them`,
    send: [{ ...text("hi"), rsv }],
    code: 1002,
  })),
  ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => ({
    why: `opcode ${opcode} is reserved`,
    send: [{ opcode, payload: "" }],
    code: 1002,
  })),
  {
    why: "a continuation of nothing",
    send: [{ opcode: OPCODE.continuation, payload: "x" }],
    code: 1002,
  },
  {
    why: "a continuation of a message that is complete",
    send: [begun, { opcode: OPCODE.continuation, payload: "" }, {
      opcode: OPCODE.continuation,
      payload: "",
    }],
    code: 1002,
  },
  { why: "a message inside a message", send: [begun, text("another")], code: 1002 },
  {
    why: "a binary message inside a text message",
    send: [begun, { opcode: OPCODE.binary, payload: "x" }],
    code: 1002,
  },
  {
    why: "control frames are not fragmented",
    send: [{ opcode: OPCODE.ping, fin: false }],
    code: 1002,
  },
  ...[OPCODE.ping, OPCODE.pong, OPCODE.close].map((opcode) => ({
    why: `control frame ${opcode} of 126 bytes`,
    send: [{ opcode, payload: new Uint8Array(126).fill(3) }],
    code: 1002,
  })),
  {
    why: "a ping that announces 2^53 bytes",
    send: [{ opcode: OPCODE.ping, announced: 2 ** 53 }],
    code: 1002,
  },
  {
    why: "half a close code",
    send: [{ opcode: OPCODE.close, payload: Uint8Array.of(3) }],
    code: 1002,
  },
  ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map((code) => ({
    why: `close code ${code} may not be sent`,
    send: [close(code)],
    code: 1002,
  })),
  { why: "a goodbye that is no UTF-8", send: [close(1000, Uint8Array.of(0xff))], code: 1007 },
  { why: "no UTF-8", send: [text(Uint8Array.of(0xff, 0xfe))], code: 1007 },
  { why: "UTF-8 cut in a character", send: [text(Uint8Array.of(0x41, 0xc3))], code: 1007 },
  {
    why: "overlong UTF-8, which hides a slash",
    send: [text(Uint8Array.of(0xc0, 0xaf))],
    code: 1007,
  },
  {
    why: "a lone surrogate written as UTF-8",
    send: [text(Uint8Array.of(0xed, 0xa0, 0x80))],
    code: 1007,
  },
  {
    why: "beyond the last code point",
    send: [text(Uint8Array.of(0xf4, 0x90, 0x80, 0x80))],
    code: 1007,
  },
  { why: "Latin-1", send: [text(Uint8Array.of(0x7b, 0x22, 0xe4, 0x22, 0x7d))], code: 1007 },
  {
    why: "no UTF-8 across fragments",
    send: [{ ...text(Uint8Array.of(0xe2, 0x82)), fin: false }, {
      opcode: OPCODE.continuation,
      payload: "x",
    }],
    code: 1007,
  },
  { why: "a byte more than may come", send: [text(new Uint8Array(MIB + 1))], code: 1009 },
  {
    why: "fragments that are too much together",
    send: [{ ...text(new Uint8Array(MIB)), fin: false }, {
      opcode: OPCODE.continuation,
      payload: "x",
    }],
    code: 1009,
  },
  {
    why: "2^62 bytes announced, none sent",
    send: [{ ...text(""), announced: 2 ** 62 }],
    code: 1009,
  },
  {
    why: "a gigabyte of binary announced",
    send: [{ opcode: OPCODE.binary, announced: 2 ** 30 }],
    code: 1009,
  },
];

/** What looks odd and is right, or at least harmless: the connection lives on. */
const harmless: readonly { why: string; send: readonly FrameOptions[] }[] = [
  {
    why: "a character cut by fragments, with a ping in between",
    send: [
      { ...text(Uint8Array.of(0x22, 0xe2, 0x82)), fin: false },
      { opcode: OPCODE.ping, payload: "in between" },
      { opcode: OPCODE.continuation, payload: Uint8Array.of(0xac, 0x22) },
    ],
  },
  { why: "an empty text", send: [text("")] },
  { why: "an empty binary", send: [{ opcode: OPCODE.binary }] },
  { why: "binary garbage", send: [{ opcode: OPCODE.binary, payload: new Uint8Array(4096) }] },
  { why: "a pong that nobody asked for", send: [{ opcode: OPCODE.pong, payload: "late" }] },
  { why: "UTF-16", send: [text(Uint8Array.of(0x7b, 0, 0x7d, 0))] },
  { why: "a byte order mark", send: [text("\ufeff{}")] },
  { why: "NUL", send: [text("\0")] },
  { why: "JSON of depth 10,000", send: [text(`${"[".repeat(10_000)}${"]".repeat(10_000)}`)] },
  {
    why: "an object of depth 10,000 where a frame holds content",
    send: [text(
      `{"type":"send","room":"lobby","event_type":"m.room.message","content":${
        '{"a":'.repeat(10_000)
      }1${"}".repeat(10_000)}}`,
    )],
  },
  { why: "open brackets only", send: [text("[".repeat(MIB))] },
  {
    why: "a prototype",
    send: [text('{"__proto__":{"type":1},"constructor":1,"type":"toString"}')],
  },
  { why: "a number too large", send: [text('{"type":1e999,"sender":"a","content":"x"}')] },
  {
    why: "the same key again and again",
    send: [text(`{${'"type":"x",'.repeat(10_000)}"type":7}`)],
  },
  { why: "exactly as much as may come", send: [text(new Uint8Array(MIB).fill(0x20))] },
  {
    why: "ten thousand empty fragments",
    send: [
      { ...text(""), fin: false },
      ...new Array<FrameOptions>(10_000).fill({ opcode: OPCODE.continuation, fin: false }),
      { opcode: OPCODE.continuation },
    ],
  },
  {
    why: "ten thousand pings",
    send: new Array<FrameOptions>(10_000).fill({ opcode: OPCODE.ping, payload: "are you there?" }),
  },
];

const dialects = ["chatnode.v1", "AloneChat"] as const;
type Dialect = typeof dialects[number];

for (const dialect of dialects) {
  test(`${dialect}: a frame against the rules costs its connection only`, () =>
    attacked(async (server, bystanders, token) => {
      for (const { why, send, code } of deadly) {
        using socket = await open(server, dialect, token);
        await sendAll(socket, send);
        const closing = await socket.closing();
        assert.equal(closing.code, code, why);
        await socket.connection.ended();
        await bystanders.chat();
      }
    }));

  test(`${dialect}: what is odd but harmless costs nothing`, () =>
    attacked(async (server, bystanders, token) => {
      for (const { why, send } of harmless) {
        using socket = await open(server, dialect, token);
        await sendAll(socket, send);
        await socket.send({ opcode: OPCODE.ping, payload: "the last" });
        await until(
          socket,
          ({ opcode, text }) => opcode === OPCODE.pong && text === "the last",
          why,
        );
        await bystanders.chat();
      }
    }));

  test(`${dialect}: a message that comes byte by byte is a message`, () =>
    attacked(async (server, bystanders, token) => {
      using socket = await open(server, dialect, token);
      const said = dialect === "AloneChat"
        ? { type: 1, sender: "x", content: "in small pieces" }
        : { type: "send", ref: "slow", room: "lobby", body: "in small pieces" };
      for (const byte of encodeFrame(text(JSON.stringify(said)))) {
        await socket.connection.write(Uint8Array.of(byte));
      }
      const wanted = dialect === "AloneChat" ? "in small pieces" : '"ref":"slow"';
      await until(socket, (frame) => frame.text.includes(wanted), wanted);
      await bystanders.chat();
    }));

  test(`${dialect}: HTTP after the handshake is no frame`, () =>
    attacked(async (server, _bystanders, token) => {
      using socket = await open(server, dialect, token);
      await socket.connection.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      assert.equal((await socket.closing()).code, 1002);
    }));

  test(`${dialect}: a goodbye is answered with its own code`, () =>
    attacked(async (server, _bystanders, token) => {
      for (const code of [1000, 1001, 1008, 3000, 4999]) {
        using socket = await open(server, dialect, token);
        await socket.send(close(code, "bye"));
        assert.equal((await socket.closing()).code, code);
        await socket.connection.ended();
      }
    }));
}

test("a binary message is text to AloneChat's clients and refused by chatnode.v1", () =>
  attacked(async (server, _bystanders, token) => {
    using alone = await open(server, "AloneChat", token);
    const payload = JSON.stringify({ type: 1, sender: "x", content: "as bytes" });
    await alone.send({ opcode: OPCODE.binary, payload });
    await until(alone, (frame) => frame.text.includes("as bytes"), "the echo");

    using v1 = await open(server, "chatnode.v1", token);
    await v1.send({ opcode: OPCODE.binary, payload: '{"type":"ping","ref":"1"}' });
    await until(v1, (frame) => frame.text.includes('"code":"protocol/binary"'), "the refusal");
  }));

/** Runs `attack` on a server with bystanders, who must not have noticed. */
function attacked(
  attack: (server: ServerProcess, bystanders: Bystanders, token: string) => Promise<void>,
): Promise<void> {
  return withDataFolder(async (data) => {
    await using server = await startServer({ data });
    await using bystanders = await Bystanders.join(server);
    const mallory = await server.enter("mallory");
    await attack(server, bystanders, mallory.token ?? "");
    await bystanders.check();
  });
}

async function open(server: ServerProcess, dialect: Dialect, token: string): Promise<RawWebSocket> {
  if (dialect === "AloneChat") return await RawWebSocket.open(server.port, `/?token=${token}`);
  const headers = { "Sec-WebSocket-Protocol": dialect };
  const socket = await RawWebSocket.open(server.port, "/", headers);
  await socket.sendText(JSON.stringify({ type: "hello", token }));
  await until(socket, (frame) => frame.text.includes('"welcome"'), "welcome");
  return socket;
}

/** The node may end the connection in the middle of what is sent. */
async function sendAll(socket: RawWebSocket, frames: readonly FrameOptions[]): Promise<void> {
  for (const frame of frames) {
    try {
      await socket.send(frame);
    } catch (error) {
      const cut = error instanceof Deno.errors.BrokenPipe ||
        error instanceof Deno.errors.ConnectionReset;
      if (!cut) throw error;
    }
  }
}

async function until(
  socket: RawWebSocket,
  wanted: (frame: { readonly opcode: number; readonly text: string }) => boolean,
  why: string,
): Promise<void> {
  for (;;) {
    const frame = await socket.frame().catch((error) => assert.fail(`${why}: ${error}`));
    if (wanted(frame)) return;
    assert.notEqual(frame.opcode, OPCODE.close, `${why}: closed with ${frame.text}`);
  }
}
