/** Arbitrary values that each setting takes. */
import fc from "fast-check";
import type { Key, Settings } from "../../src/config/schema.ts";

const DAY = 86_400_000;
const path = fc.stringMatching(/^[a-zA-Z0-9._ -]{1,20}$/).map((name) => `/x/${name}y`);
const label = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,10}[a-z0-9])?$/);
const count = (most: number) => fc.integer({ min: 1, max: most });

/** Secrets and rules between settings are left out: they have tests of their own. */
export const SOME_SETTINGS: fc.Arbitrary<Partial<Settings>> = fc.record(
  {
    data: path,
    env: fc.constantFrom("development", "production", "testing"),
    host: fc.constantFrom(
      "127.0.0.1",
      "::1",
      "::",
      "localhost",
      "chat.example.org",
      "fe80::1%eth0",
    ),
    name: label,
    port: fc.integer({ min: 0, max: 65_534 }),
    secondPort: fc.boolean(),
    trustedProxies: fc.array(fc.constantFrom("127.0.0.1", "10.0.0.0/8", "::1", "fd00::/8")),
    relay: fc.boolean(),
    relayPort: fc.integer({ min: 0, max: 65_535 }),
    tls: fc.constantFrom("optional", "off"),
    requireAuth: fc.boolean(),
    guests: fc.constantFrom("chat", "listen"),
    idleTimeout: fc.oneof(fc.constant("off" as const), fc.integer({ min: 1000, max: 30 * DAY })),
    connectionsPerSecond: fc.oneof(fc.constant("off" as const), count(100_000)),
    corsOrigins: fc.array(fc.constantFrom("*", "https://a.example", "http://localhost:3000")),
    maxConnections: count(1_000_000),
    maxConnectionsPerAddress: count(1_000_000),
    registration: fc.constantFrom("open", "invite", "closed"),
    maxAccounts: count(10_000_000),
    maxSessionsPerAccount: count(1000),
    singleSession: fc.boolean(),
    tokenLifetime: fc.integer({ min: 60_000, max: 365 * DAY }),
    loginAttempts: count(10_000),
    loginWindow: fc.integer({ min: 1000, max: DAY }),
    oidcIssuer: fc.constantFrom("google", "microsoft", "https://id.example.org/realm"),
    oidcClientId: fc.stringMatching(/^[\x21-\x7e]{1,30}$/),
    oidcLinkByEmail: fc.boolean(),
    jwtIssuer: fc.stringMatching(/^[\x21-\x7e]{1,30}$/),
    maxMessage: count(256 * 1024),
    maxFrame: fc.integer({ min: 300 * 1024, max: 16 * 1024 ** 2 }),
    messageRate: fc.oneof(fc.constant("off" as const), count(1_000_000)),
    messageBurst: count(1_000_000),
    maxRooms: count(1_000_000),
    newRoomsPerDay: fc.oneof(fc.constant("off" as const), count(1_000_000)),
    maxOutbox: fc.integer({ min: 64 * 1024, max: 1024 ** 3 }),
    receiveQueue: count(100_000),
    durability: fc.constantFrom("synced", "relaxed"),
    journalSize: fc.integer({ min: 64 * 1024, max: 1024 ** 3 }),
    journalAge: fc.integer({ min: 60_000, max: 7 * DAY }),
    retention: fc.oneof(fc.constant("off" as const), fc.integer({ min: DAY, max: 36_500 * DAY })),
    roomRetention: fc.array(fc.record({
      // No comma: flags divide at it.
      room: fc.constantFrom("lobby", "a=b", "Team plans", "\u65e5\u672c"),
      age: fc.oneof(fc.constant("off" as const), fc.integer({ min: DAY, max: 36_500 * DAY })),
    }, { noNullPrototype: true })),
    search: fc.boolean(),
    bucket: fc.constantFrom("s3://bucket/prefix", "file:///x/y", "/x/y", "gs://b"),
    syncInterval: fc.integer({ min: 100, max: 3_600_000 }),
    syncDirect: fc.boolean(),
    syncCompact: fc.boolean(),
    syncRooms: fc.array(fc.constantFrom("lobby", "Team plans")),
    syncNotices: fc.constantFrom("mqtts://broker.example.com", "mqtt://127.0.0.1:1883"),
    syncNoticesUser: label,
    syncNoticesCa: path,
    syncNoticesTopic: label,
    syncUnknownKeys: fc.constantFrom("refuse", "insecure-accept"),
    syncUnchained: fc.constantFrom("accept", "refuse"),
    chatLogs: fc.constantFrom("off", "daily", "numbered", "pidgin-text", "pidgin-html"),
    chatLogsDir: path,
    downloadDir: path,
    downloadMost: fc.integer({ min: 1, max: 2 ** 45 }),
    ticketsUrl: fc.constantFrom("https://desk.example.com", "http://127.0.0.1:8080/desk"),
    insecureTickets: fc.boolean(),
    logLevel: fc.constantFrom("trace", "debug", "info", "warning", "error", "fatal"),
    logFormat: fc.constantFrom("auto", "text", "json"),
    logFiles: fc.boolean(),
    logDir: path,
    verbose: fc.boolean(),
  } satisfies { [K in Exclude<Key, Untried>]: fc.Arbitrary<Settings[K]> },
  { requiredKeys: [] },
);

/** Secrets are masked; a certificate needs its key, a redirect its provider. */
type Untried =
  | "jwtSecret"
  | "jwtSecretPrevious"
  | "vaultPassphrase"
  | "ticketsToken"
  | "oidcClientSecret"
  | "syncNoticesPassword"
  | "oidcRedirectBase"
  | "tlsCert"
  | "tlsKey";
