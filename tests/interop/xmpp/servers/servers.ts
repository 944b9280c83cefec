/**
 * What a suite asks for: a real server of either kind, gone afterwards with all that it wrote.
 *
 * @module
 */
import { join } from "node:path";
import { withDataFolder } from "../../../harness/data_folder.ts";
import { makeCertificates } from "./certificates.ts";
import type { ServerKind, XmppServer } from "./contract.ts";
import { startEjabberd } from "./ejabberd.ts";
import { startProsody } from "./prosody.ts";

export type { ServerKind, XmppServer } from "./contract.ts";
export { passwordOf } from "./contract.ts";

/** Both kinds, for suites that run against each. */
export const KINDS: readonly ServerKind[] = ["prosody", "ejabberd"];

/** Runs `body` with a fresh server on ports of its own; several may run side by side. */
export async function withServer(
  kind: ServerKind,
  body: (server: XmppServer) => Promise<void>,
): Promise<void> {
  await withDataFolder(async (folder) => {
    const certificates = await makeCertificates(join(folder, "certificates"));
    const start = kind === "prosody" ? startProsody : startEjabberd;
    await using server = await start(join(folder, kind), certificates);
    await body(server);
  });
}
