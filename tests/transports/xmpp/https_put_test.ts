import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { bytesBody, type HttpPut, httpsPut } from "../../../src/transports/xmpp/https_put.ts";
import { FIRST_CERTIFICATE, SECOND_CERTIFICATE } from "../../harness/certificates.ts";
import { inTime } from "../../harness/eventually.ts";
import { test } from "../../harness/test.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Runs `body` with the address of a server that answers as it is told. */
async function withServer(answer: Answer, body: (url: URL) => Promise<void>): Promise<void> {
  const server = createServer(FIRST_CERTIFICATE, answer);
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const { port } = server.address() as { readonly port: number };
  try {
    await body(new URL(`https://127.0.0.1:${port}/f`));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const put: HttpPut = (...given) =>
  inTime("the end of the transfer", httpsPut(FIRST_CERTIFICATE.cert)(...given));

function options(given: Partial<Parameters<HttpPut>[2]> = {}): Parameters<HttpPut>[2] {
  return { headers: {}, signal: new AbortController().signal, progress() {}, ...given };
}

/** Reads everything, then answers. */
function taking(received: { bytes: number; headers: IncomingMessage["headers"] }): Answer {
  return (request, response) => {
    received.headers = request.headers;
    request.on("data", (chunk: Uint8Array) => received.bytes += chunk.length);
    request.on("end", () => response.writeHead(201).end());
  };
}

for (const size of [0, 1, 64 * 1024, 1_000_000]) {
  test(`put: ${size} bytes arrive with their length, and are told as they go`, async () => {
    const received = { bytes: 0, headers: {} as IncomingMessage["headers"] };
    await withServer(taking(received), async (url) => {
      const told: number[] = [];
      const progress = (bytes: number) => void told.push(bytes);
      const headers = { "content-type": "text/plain" };
      const status = await put(
        url,
        bytesBody(new Uint8Array(size)),
        options({ headers, progress }),
      );
      assert.equal(status, 201);
      assert.equal(received.bytes, size);
      assert.equal(received.headers["content-length"], String(size));
      assert.equal(received.headers["transfer-encoding"], undefined);
      assert.equal(received.headers["content-type"], "text/plain");
      assert.deepEqual(told, told.toSorted((a, b) => a - b));
      assert.equal(told.length, Math.ceil(size / (64 * 1024)));
      if (size > 0) assert.equal(told.at(-1), size);
    });
  });
}

test("put: who refuses at once is heard before everything is sent", async () => {
  let sent = 0;
  const body = {
    size: 64_000_000,
    *blocks(size: number) {
      for (let at = 0; at < 64_000_000; at += size) {
        sent = at;
        yield new Uint8Array(Math.min(size, 64_000_000 - at));
      }
    },
  };
  // Reads no more than the head, and stays.
  const held: TLSSocket[] = [];
  const server = createTlsServer(FIRST_CERTIFICATE, (socket) => {
    held.push(socket);
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.pause();
      socket.write("HTTP/1.1 413 Payload Too Large\r\ncontent-length: 0\r\n\r\n");
    });
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  const { port } = server.address() as { readonly port: number };
  try {
    assert.equal(await put(new URL(`https://127.0.0.1:${port}/f`), body, options()), 413);
    assert.ok(sent < 64_000_000 - 64 * 1024, "not all of it was read");
  } finally {
    for (const socket of held) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});

test("put: a server without the right certificate gets nothing", async () => {
  const received = { bytes: 0, headers: {} as IncomingMessage["headers"] };
  await withServer(taking(received), async (url) => {
    const wrong = httpsPut(SECOND_CERTIFICATE.cert)(url, bytesBody(new Uint8Array(9)), options());
    await assert.rejects(inTime("the refusal", wrong));
    assert.equal(received.bytes, 0);
  });
});

test("put: given up by its owner, and cut off by the server", async () => {
  const abort = new AbortController();
  const begun = Promise.withResolvers<void>();
  await withServer((request) => {
    request.pause();
    begun.resolve();
  }, async (url) => {
    const { signal } = abort;
    const putting = put(url, bytesBody(new Uint8Array(32_000_000)), options({ signal }));
    const rejected = assert.rejects(putting, /enough/);
    await begun.promise;
    abort.abort(new Error("enough"));
    await rejected;
  });
  await withServer((request) => request.socket.destroy(), async (url) => {
    await assert.rejects(put(url, bytesBody(new Uint8Array(1_000_000)), options()));
  });
});

test("put: a file that became shorter meanwhile is no success", async () => {
  const received = { bytes: 0, headers: {} as IncomingMessage["headers"] };
  await withServer(taking(received), async (url) => {
    const body = { ...bytesBody(new Uint8Array(10)), size: 20 };
    await assert.rejects(put(url, body, options()), /has changed/);
  });
});
