/**
 * The table of settings: each stands here once. A row's key gives its names everywhere: `maxFrame`
 * in `chatnode.jsonc` is `--max-frame` on the command line and `CHATNODE_MAX_FRAME` in the
 * environment. Help, completions and `docs/configuration.md` are made from it.
 *
 * Rows that the defaults of others depend on come first: `data`, `env`, `host`.
 *
 * @module
 */
import { join } from "node:path";
import { defaultDataFolder, isLoopback } from "./folders.ts";
import {
  brokerUrl,
  bucketUrl,
  clientId,
  hostName,
  issuer,
  network,
  nodeName,
  origin,
  plainText,
  provider,
  publicOrigin,
  roomAge,
  roomName,
  secret,
} from "./forms.ts";
import { boolean, bytes, choice, duration, integer, list, orOff, path } from "./kinds.ts";
import { derived, optional, type Setting, setting } from "./setting.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const SERVER = ["server"] as const;
/** Whoever serves people, by whatever door. */
const SERVING = ["server", "relay"] as const;
const STORE = ["server", "relay", "history", "account", "sync"] as const;
/** Whoever shares the history through a bucket. */
const SYNCING = ["server", "relay", "sync", "client"] as const;

/** `LOG_LEVEL` is many programs' variable, and in their words: what is no level counts for nothing. */
const LEVELS: ReadonlyMap<string, "debug" | "info" | "warning" | "error" | "fatal"> = new Map([
  ["DEBUG", "debug"],
  ["INFO", "info"],
  ["WARN", "warning"],
  ["WARNING", "warning"],
  ["ERROR", "error"],
  ["CRITICAL", "fatal"],
  ["FATAL", "fatal"],
]);

function levelNamed(name = "") {
  return LEVELS.get(name.toUpperCase());
}

/** The table; see the module's description. */
export const SETTINGS = {
  data: derived(
    path("folder"),
    "$STATE_DIRECTORY, else $XDG_DATA_HOME/chatnode, else ~/.local/share/chatnode",
    ({ environment }) => defaultDataFolder(environment),
    {
      group: "Node",
      readers: "all",
      help: "Folder that holds everything the node keeps; made when it is not there.",
      details: "One running node per data folder: a second one is refused.",
    },
  ),
  env: setting(choice("development", "production", "testing"), "production", {
    group: "Node",
    readers: "all",
    aliases: ["ALONECHAT_ENV"],
    help: "Kind of environment; decides how much is logged and how large log files grow.",
  }),
  host: setting(hostName(), "0.0.0.0", {
    group: "Network",
    readers: SERVING,
    help: "Address to listen on; 127.0.0.1 keeps the node to this machine.",
    details:
      "Beyond loopback without TLS, passwords and messages cross the network in the clear, " +
      "and the server warns of it at start: set `tlsCert` and `tlsKey`, or put a proxy that does " +
      "TLS in front.",
  }),
  name: optional(nodeName(), "kept in the data folder; node-xxxxxx is made up at the first start", {
    group: "Node",
    readers: STORE,
    help: "The node's name: the part after @ in the addresses of its accounts.",
    details: "Decide it before the first message: addresses stand in signed events and do not " +
      "change with the name.",
  }),
  port: setting(integer(0, 65_535, "PORT"), 8765, {
    group: "Network",
    readers: SERVER,
    help: "TCP port to listen on; 0 takes any free one.",
  }),
  secondPort: setting(boolean(), true, {
    group: "Network",
    readers: SERVER,
    help: "Serve everything on port + 1 as well, where original AloneChat clients expect HTTP.",
  }),
  tlsCert: optional(path("file"), "none: plain HTTP and WebSocket", {
    group: "Network",
    readers: SERVING,
    help: "Certificate chain (PEM); with tls-key the node serves https and wss instead.",
  }),
  tlsKey: optional(path("file"), "none", {
    group: "Network",
    readers: SERVING,
    help: "Private key (PEM) of the certificate in tls-cert.",
  }),
  trustedProxies: setting(list(network()), [], {
    group: "Network",
    readers: SERVING,
    help: "Addresses or networks of proxies whose X-Forwarded-For and PROXY headers are believed.",
    details: "X-Forwarded-For and -Proto over HTTP, the PROXY protocol (versions 1 and 2) on the " +
      "relay's port. Without it, limits by address count a proxy as one client.",
  }),
  relay: setting(boolean(), false, {
    group: "Relay",
    readers: SERVER,
    help: "Serve the TCP relay as well: original clients, netcat and native frames on one port.",
    details:
      "`chatnode relay` serves it alone. Guests need no account there unless `requireAuth` " +
      "is set: whoever reaches the port can read the lobby and write in it.",
  }),
  relayPort: setting(integer(0, 65_535, "PORT"), 50_000, {
    group: "Relay",
    readers: SERVING,
    help: "TCP port of the relay; 0 takes any free one.",
  }),
  tls: setting(choice("required", "optional", "off"), "optional", {
    group: "Relay",
    readers: SERVING,
    help: "TLS on the relay's port: for everybody, for those who begin with it, or for nobody.",
    details: "Needs `tlsCert` and `tlsKey`; optional without them is off.",
  }),
  requireAuth: setting(boolean(), false, {
    group: "Relay",
    readers: SERVING,
    help: "Let nobody into the relay without an account.",
  }),
  guests: setting(choice("chat", "listen"), "chat", {
    group: "Relay",
    readers: SERVING,
    help: "What people without an account may do in the relay: talk, or only listen.",
  }),
  idleTimeout: setting(orOff(duration(SECOND, 30 * DAY)), "off", {
    group: "Relay",
    readers: SERVING,
    help: "End a connection of an original client or of netcat that has sent nothing for so long.",
    details:
      "Off by default, because original clients send nothing while their people only read. " +
      "Connections whose other end is gone are found by TCP's keep-alive, native clients are " +
      "asked for a sign of life.",
  }),
  connectionsPerSecond: setting(orOff(integer(1, 100_000)), 20, {
    group: "Relay",
    readers: SERVING,
    help:
      "New connections to the relay per second from one address over time; 100 may come at once.",
  }),
  corsOrigins: setting(list(origin()), [], {
    group: "Network",
    readers: SERVER,
    help: "Web origins besides the node's own whose pages may use it; * for every one.",
  }),
  maxConnections: setting(integer(1, 1_000_000), 10_000, {
    group: "Network",
    readers: SERVING,
    help: "Connections at a time, all together; more are refused.",
    details: "Each takes a file descriptor: the limit of the process (`ulimit -n`, systemd's " +
      "`LimitNOFILE`) has to be higher.",
  }),
  maxConnectionsPerAddress: setting(integer(1, 1_000_000), 256, {
    group: "Network",
    readers: SERVING,
    help: "Connections at a time from one address (IPv6: one /64 network).",
  }),
  registration: derived(
    choice("open", "invite", "closed"),
    "open when host is loopback, else invite",
    ({ host }) => isLoopback(host) ? "open" : "invite",
    {
      group: "Accounts",
      readers: SERVER,
      help: "Who may make an account: anybody, holders of an invitation, or only the operator.",
    },
  ),
  maxAccounts: setting(integer(1, 10_000_000), 100_000, {
    group: "Accounts",
    readers: ["server", "account"],
    help: "Accounts that the node may hold, removed ones counted.",
  }),
  maxSessionsPerAccount: setting(integer(1, 1000), 16, {
    group: "Accounts",
    readers: SERVING,
    help: "Sessions that one account may have at a time.",
  }),
  singleSession: setting(boolean(), false, {
    group: "Accounts",
    readers: SERVING,
    help: "Refuse a second session of an account, as the original AloneChat does.",
  }),
  tokenLifetime: setting(duration(MINUTE, 365 * DAY), 30 * MINUTE, {
    group: "Accounts",
    readers: SERVING,
    help: "How long a login token is valid.",
  }),
  loginAttempts: setting(integer(1, 10_000), 10, {
    group: "Accounts",
    readers: SERVING,
    help: "Failed logins at one account from one address before further ones have to wait.",
    details: "Twice as many are free for all accounts from one address together, and five times " +
      "as many for one account from everywhere together. Waits begin at one second and double.",
  }),
  loginWindow: setting(duration(SECOND, DAY), 15 * MINUTE, {
    group: "Accounts",
    readers: SERVING,
    help: "Time without a failed login after which earlier ones are forgotten.",
  }),
  jwtSecret: optional(secret(32), "made at the first start and kept in the data folder", {
    group: "Accounts",
    readers: SERVING,
    aliases: ["JWT_SECRET"],
    help: "Key that signs login tokens (HS256), at least 32 bytes.",
  }),
  jwtSecretPrevious: optional(secret(32), "none", {
    group: "Accounts",
    readers: SERVING,
    help: "Key whose tokens are still accepted while jwt-secret is being replaced.",
  }),
  jwtIssuer: setting(issuer(), "chatnode", {
    group: "Accounts",
    readers: SERVING,
    help: "Issuer (claim iss) of the login tokens.",
  }),
  oidcIssuer: optional(provider(), "none", {
    group: "Accounts",
    readers: ["server", "account"],
    help: "OpenID Connect provider to sign in at: google, microsoft, or an issuer's address.",
  }),
  oidcClientId: optional(clientId(), "none", {
    group: "Accounts",
    readers: ["server", "account"],
    help: "Client id that the provider has given to this program.",
  }),
  oidcClientSecret: optional(secret(1), "none: a public client", {
    group: "Accounts",
    readers: ["server", "account"],
    help: "Secret of that client, where it has one.",
  }),
  oidcRedirectBase: optional(
    publicOrigin(),
    "none: nobody signs in to the node by a provider",
    {
      group: "Accounts",
      readers: ["server"],
      help: "Public address of the node; with it people sign in at /auth/oidc/login.",
      details:
        "The provider has to know the redirect address `<oidcRedirectBase>/auth/oidc/callback`. " +
        "Needs `oidcIssuer` and `oidcClientId`.",
    },
  ),
  oidcLinkByEmail: setting(boolean(), false, {
    group: "Accounts",
    readers: ["server", "account"],
    help: "Let a verified e-mail address stand for an account that the operator has linked to it.",
    details: "Only addresses that the provider calls verified count, only accounts that " +
      "`chatnode account link --email` names, and only for the first login: from then on the " +
      "provider's own name for the person counts.",
  }),
  vaultPassphrase: optional(secret(8), "none: a random key beside the secrets opens them", {
    group: "Accounts",
    readers: ["account", "client"],
    help: "Passphrase that closes the kept logins and passwords of other services.",
    details: "They are kept in the folder `vault` of the data folder, encrypted; see " +
      "[accounts](accounts.md). A passphrase given later takes the place of the key at the next " +
      "change. At a terminal it is asked for when it is needed.",
  }),
  maxMessage: setting(bytes(1, 256 * KIB), 64 * KIB, {
    group: "Messages",
    readers: SERVING,
    help: "Longest text of one message, in bytes of UTF-8.",
  }),
  maxFrame: setting(bytes(4 * KIB, 16 * MIB), MIB, {
    group: "Messages",
    readers: SERVING,
    help: "Largest WebSocket message or HTTP body that is read; a larger one ends the connection.",
  }),
  messageRate: setting(orOff(integer(1, 1_000_000)), 50, {
    group: "Messages",
    readers: SERVING,
    help: "Messages and other requests per second that one session may send over time.",
  }),
  messageBurst: setting(integer(1, 1_000_000), 200, {
    group: "Messages",
    readers: SERVING,
    help:
      "Messages and other requests that one session may send at once before message-rate applies.",
  }),
  maxRooms: setting(integer(1, 1_000_000), 10_000, {
    group: "Messages",
    readers: SYNCING,
    help: "Rooms that may hold messages, direct conversations included; no new one begins beyond.",
  }),
  newRoomsPerDay: setting(orOff(integer(1, 1_000_000)), 200, {
    group: "Messages",
    readers: SERVING,
    help:
      "Rooms, direct conversations included, that an account, or all guests, may begin per day.",
  }),
  maxOutbox: setting(bytes(64 * KIB, GIB), 4 * MIB, {
    group: "Messages",
    readers: SERVING,
    help: "Bytes that may wait for one slow reader before its connection is ended.",
  }),
  receiveQueue: setting(integer(1, 100_000), 500, {
    group: "Messages",
    readers: SERVER,
    help: "Messages kept for an account that polls over HTTP (/recv); the oldest give way.",
  }),
  durability: setting(choice("synced", "relaxed"), "synced", {
    group: "History",
    readers: SYNCING,
    help: "What an acknowledgement means: on disk, or written and on disk within a second.",
  }),
  journalSize: setting(bytes(64 * KIB, GIB), 8 * MIB, {
    group: "History",
    readers: SERVING,
    help: "Size at which the journal is closed and distributed to the rooms.",
  }),
  journalAge: setting(duration(MINUTE, 7 * DAY), HOUR, {
    group: "History",
    readers: SERVING,
    help: "Age at which the journal is closed even when it is small.",
  }),
  retention: setting(orOff(duration(DAY, 36_500 * DAY)), "off", {
    group: "History",
    readers: SYNCING,
    help: "Age at which messages are deleted, for example 90d; off keeps them for good.",
    details: "Once a day, by whole days in UTC: a message goes when the day on which it was sent " +
      "ended that long ago. Others' copies, buckets and exports keep what they have.",
  }),
  roomRetention: setting(list(roomAge(orOff(duration(DAY, 36_500 * DAY)))), [], {
    group: "History",
    readers: SYNCING,
    help: "Another retention for single rooms: lobby=30d deletes sooner, archive=off never.",
    details: "A room whose name holds a comma can only be named in the file.",
  }),
  search: setting(boolean(), true, {
    group: "History",
    readers: ["server", "relay", "history", "sync"],
    help: "Keep an index for full-text search.",
  }),
  bucket: optional(bucketUrl(), "none: nothing is shared", {
    group: "Sync",
    readers: ["server", "relay", "sync"],
    help: "Bucket to share the history through: s3://, gs://, az://, or a folder.",
    details:
      "Credentials come from the environment under the names that the stores' vendors gave " +
      "them. Whoever can read the bucket can read what is shared. See [sync](sync.md).",
  }),
  syncInterval: setting(duration(100, HOUR), 5 * SECOND, {
    group: "Sync",
    readers: SYNCING,
    help:
      "How long own messages gather before they are stored, and how often others' are looked for.",
  }),
  syncDirect: setting(boolean(), false, {
    group: "Sync",
    readers: SYNCING,
    help: "Share private conversations as well.",
    details:
      "Those of two people, and all that XMPP accounts take part in. They are readable in the bucket like everything else: for buckets that only this " +
      "node's operator can read, such as a backup.",
  }),
  syncRooms: setting(list(roomName()), [], {
    group: "Sync",
    readers: ["server", "relay", "sync"],
    help: "Share only these rooms; none named means all.",
  }),
  syncNotices: optional(brokerUrl(), "none: others' messages are found at the next look", {
    group: "Sync",
    readers: SYNCING,
    help: "Broker of MQTT that tells at once when somebody has stored something: mqtts://host.",
    details:
      "A notice names a device and a number, never a message; what it says is looked up in " +
      "the bucket. Without TLS (`mqtt://`) a password is only taken on this machine.",
  }),
  syncNoticesUser: optional(plainText("a user name"), "none", {
    group: "Sync",
    readers: SYNCING,
    help: "User name at that broker.",
  }),
  syncNoticesPassword: optional(secret(1), "none", {
    group: "Sync",
    readers: SYNCING,
    help: "Password at that broker.",
  }),
  syncNoticesCa: optional(path("file"), "the system's authorities", {
    group: "Sync",
    readers: SYNCING,
    help: "File with the certificates, PEM, of the authorities that the broker is checked against.",
  }),
  syncNoticesTopic: optional(plainText("a topic"), "made of the bucket's URL", {
    group: "Sync",
    readers: SYNCING,
    help: "Topic of the notices, for nodes that know the bucket by different URLs.",
  }),
  syncCompact: setting(boolean(), false, {
    group: "Sync",
    readers: SYNCING,
    help: "Merge this node's small files of days that are over once a day, where that is allowed.",
    details: "Old files are removed once every writer that is known has seen what took their " +
      "place, or after seven days of running. `chatnode sync compact` does it at once.",
  }),
  syncUnknownKeys: setting(choice("refuse", "insecure-accept"), "refuse", {
    group: "Sync",
    readers: SYNCING,
    help: "Messages of programs without device records, whose keys nobody has bound to a sender.",
    details: "`insecure-accept` believes any name that no known device speaks for. Better bind " +
      "the keys with `chatnode sync keys trust`.",
  }),
  syncUnchained: setting(choice("accept", "refuse"), "accept", {
    group: "Sync",
    readers: SYNCING,
    help: "Signed messages of others that name no message before them, as the reference client's.",
    details: "Nobody can tell whether one of them is withheld.",
  }),
  chatLogs: derived(
    choice("off", "daily", "numbered", "pidgin-text", "pidgin-html"),
    "daily with $PURPLE_DIR, else off",
    ({ environment }) => environment.get("PURPLE_DIR") === undefined ? "off" : "daily",
    {
      group: "XMPP",
      readers: ["client"],
      help: "Form of the logs of XMPP conversations, written as files beside the history.",
      details: "See [logs](logs.md). They begin with what is said from then on.",
    },
  ),
  chatLogsDir: derived(
    path("folder"),
    "$PURPLE_DIR, else ~/.purple",
    ({ environment, data }) => {
      const home = environment.get("HOME");
      return home === undefined ? join(data, "purple") : join(home, ".purple");
    },
    {
      group: "XMPP",
      readers: ["client"],
      aliases: ["PURPLE_DIR"],
      help: "Folder in which the logs of XMPP conversations are written, below `logs`.",
    },
  ),
  downloadDir: optional(path("folder"), "saved in the account's folder", {
    group: "XMPP",
    readers: ["client"],
    help: "Folder for files that others send directly and that were accepted.",
    details: "Made when it is not there. Nothing in it is ever overwritten.",
  }),
  downloadMost: setting(bytes(1, 64 * 1024 * GIB), GIB, {
    group: "XMPP",
    readers: ["client"],
    help: "How large a file may be that is accepted.",
  }),
  ticketsUrl: optional(plainText("an address"), "none: no support desk", {
    group: "XMPP",
    readers: ["client"],
    aliases: ["API_BASE_URL"],
    help: "Address of the ticket system; with it an XMPP account is a support desk.",
    details: "It has to be https, or on this machine. See [tickets](tickets.md).",
  }),
  ticketsToken: optional(secret(1), "none", {
    group: "XMPP",
    readers: ["client"],
    aliases: ["API_TOKEN"],
    help: "Token by which the ticket system knows this client.",
  }),
  insecureTickets: setting(boolean(), false, {
    group: "XMPP",
    readers: ["client"],
    help: "Allow a ticket system over http elsewhere, which shows the token to the network.",
  }),
  logLevel: derived(
    choice("trace", "debug", "info", "warning", "error", "fatal"),
    "$LOG_LEVEL where it names one, else info; debug in development, warning in testing",
    ({ env, environment }) =>
      levelNamed(environment.get("LOG_LEVEL")) ??
        ({ development: "debug", production: "info", testing: "warning" } as const)[env],
    {
      group: "Logs",
      readers: "all",
      help: "Least severe level that is logged.",
    },
  ),
  logFormat: setting(choice("auto", "text", "json"), "auto", {
    group: "Logs",
    readers: "all",
    help: "Form of the lines on stderr; auto is text on a terminal and JSON lines elsewhere.",
  }),
  logFiles: derived(
    boolean(),
    "true; false in testing",
    ({ env }) => env !== "testing",
    {
      group: "Logs",
      readers: SERVING,
      help: "Write log files besides stderr.",
      details:
        "`chatnode.log` holds every line, `errors.log` the errors alone, both as JSON lines. " +
        "At 5 MB (in production 50 MB) a file is moved to `chatnode.log.1`, and 3 (in production 10) " +
        "moved files are kept. On SIGHUP the server opens them anew, for an external logrotate. " +
        "A log that cannot be written never stops the node.",
    },
  ),
  logDir: derived(path("folder"), "logs in the data folder", ({ data }) => join(data, "logs"), {
    group: "Logs",
    readers: SERVING,
    help: "Folder of the log files.",
  }),
  verbose: setting(boolean(), false, {
    group: "Logs",
    readers: "all",
    help: "Say more: debug lines on stderr, and the stack trace of an error.",
  }),
};

/** The table's type. */
export type Table = typeof SETTINGS;
/** The keys of the table. */
export type Key = keyof Table;
/** A value for every setting, with the type that its row gives. */
export type Settings = {
  readonly [K in Key]: Table[K] extends Setting<infer T> ? T : never;
};

/** All keys in the table's order. */
export const KEYS: readonly Key[] = Object.keys(SETTINGS) as Key[];
