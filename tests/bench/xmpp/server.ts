/**
 * The XMPP servers of the tests, for the benchmark: on ports of their own, with fresh accounts for
 * whoever is measured, so that nobody writes into an archive that others have filled.
 *
 * @module
 */
import { join } from "node:path";
import { makeCertificates } from "../../interop/xmpp/servers/certificates.ts";
import type { ServerKind, XmppServer } from "../../interop/xmpp/servers/contract.ts";
import { startEjabberd } from "../../interop/xmpp/servers/ejabberd.ts";
import { startProsody } from "../../interop/xmpp/servers/prosody.ts";
import type { Bench } from "../contract.ts";
import type { SessionsConfig } from "./sessions.ts";

/** Both servers. */
export const KINDS: readonly ServerKind[] = ["prosody", "ejabberd"];

/** Of everybody: the service has one for all its accounts. */
const PASSWORD = "password-of-the-benchmark";

/** A running server with what makes accounts on it. */
export interface BenchServer extends AsyncDisposable {
  readonly name: string;
  readonly server: XmppServer;
  /** The configuration of `count` sessions with accounts that nobody has used. */
  accounts(count: number): Promise<SessionsConfig>;
}

/** Starts a server, which keeps everything in a folder of the run. */
export async function startServer(bench: Bench, kind: ServerKind): Promise<BenchServer> {
  await bench.tools.system(kind);
  await bench.tools.system("openssl");
  const folder = await bench.folder(kind);
  const certificates = await makeCertificates(join(folder, "certificates"));
  const start = kind === "prosody" ? startProsody : startEjabberd;
  const server = await start(join(folder, "server"), certificates);
  let made = 0;
  return {
    name: kind === "prosody" ? "Prosody" : "ejabberd",
    server,
    async accounts(count) {
      const accounts = Array.from({ length: count }, () => {
        made++;
        return { name: `person${made}`, password: PASSWORD };
      });
      for (const { name, password } of accounts) {
        await server.register(name, "localhost", password);
      }
      return { port: server.ports.starttls, ca: certificates.caFile, accounts };
    },
    [Symbol.asyncDispose]: () => server.stop(),
  };
}
