/**
 * Opens the session of an XMPP account, with everything that belongs to it on this machine: its
 * history, its logs, its support desk.
 *
 * @module
 */
import { join } from "node:path";
import type { Settings } from "../../config/schema.ts";
import { HistoryError } from "../../history/errors.ts";
import type { SessionOptions } from "../../transports/xmpp/session/options.ts";
import type { Credentials } from "../client_credentials.ts";
import type { ClientFlags } from "../client_options.ts";
import type { Opened } from "../client_session.ts";
import type { Io } from "../io.ts";
import { httpsPut } from "../../transports/xmpp/https_put.ts";
import { VERSION } from "../version.ts";
import type { XmppAccount, XmppSecrets } from "./account.ts";
import { XmppChatSession } from "./chat_session.ts";
import { trustingFetch } from "./trusting_fetch.ts";
import { AccountDesk } from "./desk.ts";
import { fractionOf } from "./fraction.ts";
import { folderOf, Keeping } from "./keeping.ts";
import { installationOf } from "./installation.ts";
import { KeptToken } from "./kept_token.ts";
import { OwnPassword } from "./own_password.ts";
import { tokenName } from "./secret_name.ts";

/** What opening takes. */
export interface XmppOpening {
  readonly account: XmppAccount;
  readonly secrets: XmppSecrets;
  readonly credentials: Credentials;
  readonly options: Pick<
    ClientFlags,
    "room" | "pin" | "insecurePlaintext" | "remember" | "passwordFile"
  >;
  readonly settings: Settings;
  /** Certificates (PEM) to trust. */
  readonly ca: string | undefined;
  readonly io: Io;
}

/**
 * The session; it connects by itself from now on.
 *
 * @throws {TicketError} {UsageError} when the settings name a ticket system that cannot be used
 * @throws {HistoryError} when the account's folder cannot be opened
 */
export async function openXmpp(
  opening: XmppOpening,
): Promise<Pick<Opened, "session" | "begun" | "release">> {
  const { io, settings, account: { jid: { bare } } } = opening;
  await using opened = new AsyncDisposableStack();
  let remembering: Promise<unknown> = Promise.resolve();
  const http = opened.use(trustingFetch((url, init) => io.fetch(url, init), opening.ca));
  const keeping = await keepingOf(opening);
  if (keeping !== undefined) opened.use(keeping);
  const password = passwordIn(opening);
  const options = {
    ...sessionOptions(opening),
    fetch: http.fetch,
    ...await identityOf(opening, keeping),
    credentials: password.credentials,
    passwordChanged: (changed: string) => password.changed(changed),
  };
  const session = new XmppChatSession(options, () => {
    if (opening.options.remember) remembering = password.keep();
  });
  opened.defer(async () => void await remembering);
  if (keeping === undefined) {
    session.show(bare, "Another client of this account keeps what is said; this one does not");
  } else {
    await session.keepIn(keeping);
    const desk = await AccountDesk.open({
      ...{ account: bare, folder: folderOf(settings.data, bare), settings, conversations: session },
      clock: io.clock,
      fetch: (input, init) => io.fetch(String(input), init ?? {}),
      random: () => fractionOf(io),
    });
    if (desk !== undefined) session.serveWith(opened.use(desk));
  }
  session.beginIn(opening.options.room);
  session.start();
  const everything = opened.move();
  return { session, begun: session.begun, release: () => everything.disposeAsync() };
}

/** The password that was given, and where it would have to be changed. */
function passwordIn({ account, credentials, options, secrets }: XmppOpening): OwnPassword {
  const { jid: { bare: own, local: username } } = account;
  const password = credentials.kind === "password" ? credentials.password : "";
  const isVariable = account.password === password && password !== "";
  const { vault, isKept } = secrets;
  return new OwnPassword({
    ...{ account: own, username, password, vault, isKept: isKept || options.remember },
    source: options.passwordFile ?? (isVariable ? "XMPP_PASSWORD" : undefined),
  });
}

/** Undefined when another client of the account has its folder: that one keeps what is said. */
async function keepingOf(
  { account: { jid: { bare } }, settings, io }: XmppOpening,
): Promise<Keeping | undefined> {
  try {
    return await Keeping.open({ account: bare, settings, clock: io.clock });
  } catch (error) {
    if (!(error instanceof HistoryError) || error.code !== "history/locked") throw error;
    return undefined;
  }
}

/**
 * Who the account is to its server: an installation that stays, and where the password is kept a
 * token. Whoever does not hold the account's folder is somebody new with each run.
 */
async function identityOf(
  { account: { jid: { bare } }, options: { remember }, secrets: { vault, isKept } }: XmppOpening,
  keeping: Keeping | undefined,
): Promise<Pick<SessionOptions, "installation" | "tokens">> {
  if (keeping === undefined) return {};
  const installation = await installationOf(keeping.folder, () => crypto.randomUUID());
  if (!isKept && !remember) return { installation };
  return { installation, tokens: new KeptToken({ vault, name: tokenName(bare), installation }) };
}

function sessionOptions(
  { account: { jid, resource, target }, options, settings, ca, io }: XmppOpening,
): Omit<
  ConstructorParameters<typeof XmppChatSession>[0],
  "credentials" | "fetch" | "passwordChanged"
> {
  const { pin, insecurePlaintext } = options;
  const savesIn = join(folderOf(settings.data, jid.bare), "saved");
  return {
    domain: jid.domain,
    ...(resource === undefined ? {} : { resource }),
    ...(target === undefined ? {} : { target }),
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(pin === undefined ? {} : { pins: [pin] }),
    },
    privacy: insecurePlaintext ? "insecure-plaintext" : "encrypted",
    software: `chatnode/${VERSION}`,
    resolve: io.resolveServices,
    savesIn,
    home: io.environment["HOME"],
    downloads: { folder: settings.downloadDir ?? savesIn, most: settings.downloadMost },
    // Whoever is trusted for the server is trusted for the files that it takes.
    put: httpsPut(ca),
    clock: io.clock,
    random: () => fractionOf(io),
    uuid: () => crypto.randomUUID(),
  };
}
