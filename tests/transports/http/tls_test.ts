import assert from "node:assert/strict";
import { systemClock } from "../../../src/clock.ts";
import { clientOf } from "../../../src/transports/http/client_address.ts";
import { trustedProxies } from "../../../src/wire/proxies.ts";
import { DEFAULT_LIMITS, type HttpLimits } from "../../../src/transports/http/limits.ts";
import { type HttpListener, openListener } from "../../../src/transports/http/listener.ts";
import {
  FIRST_CERTIFICATE,
  SECOND_CERTIFICATE,
  type TestCertificate,
} from "../../harness/certificates.ts";
import { RawConnection } from "../../harness/raw_http.ts";
import { test } from "../../harness/test.ts";

async function withSecureListener(
  body: (listener: HttpListener) => Promise<void>,
  limits: Partial<HttpLimits> = {},
): Promise<void> {
  const proxies = trustedProxies([]);
  const listener = await openListener({
    host: "127.0.0.1",
    port: 0,
    ports: "single",
    handler: (request, response) => response.end(JSON.stringify(clientOf(request, proxies))),
    doors: [{
      matches: () => true,
      handle: (_request, socket, _head, { secure }) =>
        socket.end(`HTTP/1.1 101 Switching Protocols\r\n\r\nsecure: ${secure}`),
    }],
    limits: { ...DEFAULT_LIMITS, ...limits },
    proxies,
    clock: systemClock,
    certificate: FIRST_CERTIFICATE,
  });
  try {
    await body(listener);
  } finally {
    await listener.stop(0);
  }
}

async function ask(port: number, trusted: TestCertificate, request: string): Promise<string> {
  const options = { hostname: "127.0.0.1", port, caCerts: [trusted.cert] };
  using connection = await Deno.connectTls(options);
  await connection.write(new TextEncoder().encode(request));
  return await new Response(connection.readable).text();
}

const GET = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

test("with a certificate everything is encrypted, and clients count as secure", () =>
  withSecureListener(async ({ port }) => {
    const answer = await ask(port, FIRST_CERTIFICATE, GET);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    assert.match(answer, /\{"address":"127\.0\.0\.1","secure":true\}$/);
    const upgrade = GET.replace("close", "Upgrade\r\nUpgrade: websocket");
    assert.match(await ask(port, FIRST_CERTIFICATE, upgrade), /secure: true$/);
  }));

test("plain HTTP on an encrypted port is not served", () =>
  withSecureListener(async ({ port }) => {
    using connection = await RawConnection.open(port);
    await connection.write(GET);
    await connection.ended();
    assert.doesNotMatch(connection.received, /200/);
    assert.match(await ask(port, FIRST_CERTIFICATE, GET), /^HTTP\/1\.1 200 /);
  }));

test("a TLS handshake that never begins is ended", () =>
  withSecureListener(async ({ port }) => {
    using connection = await RawConnection.open(port);
    await connection.ended();
    assert.match(await ask(port, FIRST_CERTIFICATE, GET), /^HTTP\/1\.1 200 /);
  }, { headersTimeout: 300 }));

test("a renewed certificate is used for new connections, without a restart", () =>
  withSecureListener(async (listener) => {
    const { port } = listener;
    await assert.rejects(ask(port, SECOND_CERTIFICATE, GET));
    listener.replaceCertificate(SECOND_CERTIFICATE);
    assert.match(await ask(port, SECOND_CERTIFICATE, GET), /^HTTP\/1\.1 200 /);
    await assert.rejects(ask(port, FIRST_CERTIFICATE, GET));
  }));

test("a certificate that cannot be used changes nothing", () =>
  withSecureListener(async (listener) => {
    for (const cert of ["", "no certificate", SECOND_CERTIFICATE.cert]) {
      assert.throws(() => listener.replaceCertificate({ ...FIRST_CERTIFICATE, cert }), {
        code: "tls/certificate",
      });
      assert.match(await ask(listener.port, FIRST_CERTIFICATE, GET), /^HTTP\/1\.1 200 /);
    }
  }));

test("stopping waits for a handshake that never begins no longer than for anything else", async () => {
  await withSecureListener(async (listener) => {
    using connection = await RawConnection.open(listener.port);
    await listener.stop(300);
    await connection.ended();
  });
});
