/**
 * Opens the session of an XMPP account.
 *
 * @module
 */
import type { Clock } from "../../clock.ts";
import type { ChatSession } from "../../ui/terminal/session.ts";
import type { Credentials } from "../client_credentials.ts";
import type { ClientFlags } from "../client_options.ts";
import type { Io } from "../io.ts";
import { VERSION } from "../version.ts";
import type { XmppAccount } from "./account.ts";
import { XmppChatSession } from "./chat_session.ts";

/** What opening takes. */
export interface XmppOpening {
  readonly account: XmppAccount;
  readonly credentials: Credentials;
  readonly options: Pick<ClientFlags, "pin" | "insecurePlaintext">;
  /** Certificates (PEM) to trust. */
  readonly ca: string | undefined;
  readonly io: { readonly clock: Clock } & Pick<Io, "fetch" | "random">;
}

/** The session; it connects by itself from now on. */
export function openXmpp({ account, credentials, options, ca, io }: XmppOpening): ChatSession {
  const { jid, resource, target } = account;
  const { pin, insecurePlaintext } = options;
  const password = credentials.kind === "password" ? credentials.password : "";
  return new XmppChatSession({
    domain: jid.domain,
    credentials: { kind: "password", username: jid.local, password },
    ...(resource === undefined ? {} : { resource }),
    ...(target === undefined ? {} : { target }),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(pin === undefined ? {} : { pins: [pin] }),
    },
    privacy: insecurePlaintext ? "insecure-plaintext" : "encrypted",
    software: `chatnode/${VERSION}`,
    resolve: async (name, signal) => await Deno.resolveDns(name, "SRV", { signal }),
    fetch: (url, init) => io.fetch(url, init),
    clock: io.clock,
    random: () => new DataView(io.random(4).buffer).getUint32(0) / 2 ** 32,
    uuid: () => crypto.randomUUID(),
  });
}
