/**
 * Opens the session of an XMPP account.
 *
 * @module
 */
import type { Settings } from "../../config/schema.ts";
import { getLogger } from "../../log.ts";
import type { ChatSession } from "../../ui/terminal/session.ts";
import type { Credentials } from "../client_credentials.ts";
import type { ClientFlags } from "../client_options.ts";
import type { Io } from "../io.ts";
import { VERSION } from "../version.ts";
import type { XmppAccount } from "./account.ts";
import { openVault } from "../vault.ts";
import { XmppChatSession } from "./chat_session.ts";
import { secretName } from "./prepare.ts";

const log = getLogger(["xmpp"]);

/** What opening takes. */
export interface XmppOpening {
  readonly account: XmppAccount;
  readonly credentials: Credentials;
  readonly options: Pick<ClientFlags, "pin" | "insecurePlaintext" | "remember">;
  readonly settings: Settings;
  /** Certificates (PEM) to trust. */
  readonly ca: string | undefined;
  readonly io: Io;
}

/** A session, and what has to be over before the program ends. */
export interface XmppOpened {
  readonly session: ChatSession;
  release(): Promise<void>;
}

/** Opens the session; it connects by itself from now on. */
export function openXmpp(opening: XmppOpening): XmppOpened {
  const { account, credentials, options, ca, io } = opening;
  const { jid, resource, target } = account;
  const { pin, insecurePlaintext } = options;
  const password = credentials.kind === "password" ? credentials.password : "";
  let keeping = Promise.resolve();
  const session = new XmppChatSession({
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
  }, () => {
    if (options.remember) keeping = keep(opening, password);
  });
  return { session, release: () => keeping };
}

/** Keeps a password that has worked. One that cannot be kept stops nobody from chatting. */
async function keep({ account, settings, io }: XmppOpening, password: string): Promise<void> {
  try {
    await openVault({ io, settings }).set(secretName(account.jid.bare), password);
  } catch (error) {
    log.warn("the password cannot be kept: {error}", { error });
  }
}
