import assert from "node:assert/strict";
import { join } from "node:path";
import { SettingsError } from "../../src/config/faults.ts";
import { type Loaded, loadSettings } from "../../src/config/load.ts";
import { describeOrigin } from "../../src/config/origin.ts";
import { EXAMPLE } from "../../src/config/reference.ts";
import type { Key } from "../../src/config/schema.ts";
import type { GivenFlag } from "../../src/config/sources.ts";
import { spelling } from "../../src/config/spelling.ts";
import { inFolder } from "./folder.ts";

const strict = { sanitizeOps: true, sanitizeResources: true };

interface Case {
  readonly files?: Readonly<Record<string, string>>;
  readonly flags?: readonly (readonly [Key, string])[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly config?: string;
}

function given(flags: Case["flags"]): GivenFlag[] {
  return (flags ?? []).map(([key, text]) => ({ key, flag: spelling(key).flag, text }));
}

async function load(what: Case, work: (loaded: Loaded, cwd: string) => void | Promise<void>) {
  await inFolder(what.files ?? {}, async (cwd) => {
    const environment = { HOME: join(cwd, "home"), ...what.environment };
    const flags = given(what.flags);
    await work(await loadSettings({ flags, config: what.config, environment, cwd }), cwd);
  });
}

async function faults(what: Case): Promise<string[]> {
  const found: string[] = [];
  await assert.rejects(load(what, () => {}), (error: unknown) => {
    assert.ok(error instanceof SettingsError, String(error));
    assert.equal(error.code, "config/invalid");
    for (const { message, hint } of error.faults) {
      found.push(hint === undefined ? message : `${message} | ${hint}`);
    }
    return true;
  });
  return found;
}

const sources: readonly (Case & { why: string; port: number; from: string })[] = [
  { why: "nothing set", port: 8765, from: "default" },
  {
    why: "the file",
    files: { "chatnode.jsonc": '{\n  "port": 1\n}' },
    port: 1,
    from: "chatnode.jsonc:2:3",
  },
  {
    why: ".env over the file",
    files: { "chatnode.jsonc": '{"port": 1}', ".env": "# x\nCHATNODE_PORT=2" },
    port: 2,
    from: ".env:2 (CHATNODE_PORT)",
  },
  {
    why: "the environment over .env",
    files: { "chatnode.jsonc": '{"port": 1}', ".env": "CHATNODE_PORT=2" },
    environment: { CHATNODE_PORT: "3" },
    port: 3,
    from: "CHATNODE_PORT",
  },
  {
    why: "a flag over everything",
    files: { "chatnode.jsonc": '{"port": 1}', ".env": "CHATNODE_PORT=2" },
    environment: { CHATNODE_PORT: "3" },
    flags: [["port", "4"]],
    port: 4,
    from: "--port",
  },
  { why: "the last of two flags", flags: [["port", "4"], ["port", "5"]], port: 5, from: "--port" },
  {
    why: "an empty variable is absent",
    files: { ".env": "CHATNODE_PORT=2" },
    environment: { CHATNODE_PORT: "" },
    port: 2,
    from: ".env:1 (CHATNODE_PORT)",
  },
  {
    why: "an empty variable in .env is absent",
    files: { ".env": "CHATNODE_PORT=" },
    port: 8765,
    from: "default",
  },
];

for (const { why, port, from, ...what } of sources) {
  Deno.test(`precedence: ${why}`, strict, () =>
    load(what, ({ settings, origins }, cwd) => {
      assert.equal(settings.port, port);
      assert.equal(describeOrigin(origins.port, cwd), from);
    }));
}

Deno.test(
  "every setting is one of its kinds and has an origin",
  strict,
  () =>
    load({}, ({ settings, origins }, cwd) => {
      assert.equal(settings.data, join(cwd, "home", ".local", "share", "chatnode"));
      assert.equal(settings.logDir, join(settings.data, "logs"));
      assert.equal(settings.tokenLifetime, 1_800_000);
      assert.equal(settings.maxFrame, 1024 ** 2);
      assert.equal(settings.retention, "off");
      assert.equal(settings.name, undefined);
      assert.deepEqual(settings.corsOrigins, []);
      assert.ok(Object.values(origins).every(({ from }) => from === "default"));
    }),
);

const folders: readonly { why: string; environment: Record<string, string>; data: string }[] = [
  {
    why: "systemd's, the first of several",
    environment: { STATE_DIRECTORY: "/a:/b", XDG_DATA_HOME: "/x" },
    data: "/a",
  },
  { why: "the XDG data folder", environment: { XDG_DATA_HOME: "/x" }, data: "/x/chatnode" },
  {
    why: "a relative XDG folder does not count",
    environment: { XDG_DATA_HOME: "x", HOME: "/h" },
    data: "/h/.local/share/chatnode",
  },
  { why: "the variable", environment: { CHATNODE_DATA: "/d", STATE_DIRECTORY: "/a" }, data: "/d" },
];
for (const { why, environment, data } of folders) {
  Deno.test(
    `data folder: ${why}`,
    strict,
    () => load({ environment }, ({ settings }) => assert.equal(settings.data, data)),
  );
}

Deno.test("without any home the data folder has to be named", strict, async () => {
  assert.deepEqual(await faults({ environment: { HOME: "" } }), [
    "Cannot set data: none of STATE_DIRECTORY, XDG_DATA_HOME and HOME names a folder | " +
    "Say where with --data DIR or CHATNODE_DATA.",
  ]);
  await load({ environment: { HOME: "" }, flags: [["data", "d"]] }, ({ settings }, cwd) => {
    assert.equal(settings.data, join(cwd, "d"));
  });
});

const registrations: readonly { host: string; registration: string }[] = [
  { host: "127.0.0.1", registration: "open" },
  { host: "127.8.9.1", registration: "open" },
  { host: "localhost", registration: "open" },
  { host: "::1", registration: "open" },
  { host: "0.0.0.0", registration: "invite" },
  { host: "::", registration: "invite" },
  { host: "192.168.1.2", registration: "invite" },
  { host: "127.0.0.1.example.org", registration: "invite" },
];
for (const { host, registration } of registrations) {
  Deno.test(`registration on ${host} is ${registration} unless told`, strict, async () => {
    await load({ flags: [["host", host]] }, ({ settings }) => {
      assert.equal(settings.registration, registration);
    });
  });
}

const levels: readonly (readonly [string | undefined, string])[] = [
  [undefined, "info"],
  ["DEBUG", "debug"],
  ["warn", "warning"],
  ["CRITICAL", "fatal"],
  // Another program's own word.
  ["verbose", "info"],
];
for (const [LOG_LEVEL, level] of levels) {
  Deno.test(`LOG_LEVEL ${LOG_LEVEL} logs from ${level} on`, strict, async () => {
    const environment = LOG_LEVEL === undefined ? {} : { LOG_LEVEL };
    await load({ environment }, ({ settings }) => assert.equal(settings.logLevel, level));
  });
}

Deno.test("the kind of environment decides what is logged", strict, async () => {
  for (
    const [env, level, files] of [
      ["development", "debug", true],
      ["production", "info", true],
      ["testing", "warning", false],
    ] as const
  ) {
    await load({ environment: { ALONECHAT_ENV: env } }, ({ settings, origins }) => {
      assert.equal(settings.env, env);
      assert.deepEqual(origins.env, { from: "environment", name: "ALONECHAT_ENV" });
      assert.equal(settings.logLevel, level);
      assert.equal(settings.logFiles, files);
    });
  }
  const both = { ALONECHAT_ENV: "testing", CHATNODE_ENV: "production" };
  await load({ environment: both }, ({ settings }) => assert.equal(settings.env, "production"));
});

Deno.test(
  "lists: flags add up, the environment has commas, the file an array",
  strict,
  async () => {
    const origins = ["https://a.example", "https://b.example:8443"];
    const file = { "chatnode.jsonc": JSON.stringify({ corsOrigins: ["https://no.example"] }) };
    await load(
      { files: file, flags: origins.map((one) => ["corsOrigins", one] as const) },
      ({ settings }) => assert.deepEqual(settings.corsOrigins, origins),
    );
    await load(
      { environment: { CHATNODE_CORS_ORIGINS: origins.join(", ") } },
      ({ settings }) => assert.deepEqual(settings.corsOrigins, origins),
    );
    await load(
      { files: { "chatnode.jsonc": JSON.stringify({ corsOrigins: origins }) } },
      ({ settings }) => assert.deepEqual(settings.corsOrigins, origins),
    );
  },
);

Deno.test("the file: named, else here, else in the data folder", strict, async () => {
  const files = { "chatnode.jsonc": '{"port": 1}', "other.jsonc": '{"port": 2}' };
  await load({ files, config: "other.jsonc" }, ({ settings, file }, cwd) => {
    assert.equal(settings.port, 2);
    assert.equal(file, join(cwd, "other.jsonc"));
  });
  await load({ files, environment: { CHATNODE_CONFIG: "other.jsonc" } }, ({ settings }) => {
    assert.equal(settings.port, 2);
  });
  await inFolder({ "chatnode.jsonc": '{"port": 3}' }, async (data) => {
    await load({ flags: [["data", data]] }, ({ settings }) => assert.equal(settings.port, 3));
    await load({ files, flags: [["data", data]] }, ({ settings }) => {
      assert.equal(settings.port, 1, "one file is read, never two");
    });
  });
});

Deno.test("a relative path starts where it was written", strict, async () => {
  await inFolder({ "chatnode.jsonc": '{"logDir": "l"}' }, async (data) => {
    await load({ flags: [["data", data]] }, ({ settings }) => {
      assert.equal(settings.logDir, join(data, "l"));
    });
  });
  await load({ environment: { CHATNODE_LOG_DIR: "l" } }, ({ settings }, cwd) => {
    assert.equal(settings.logDir, join(cwd, "l"));
  });
});

const refused: readonly (Case & { why: string; says: readonly string[] })[] = [
  {
    why: "an unknown key",
    files: { "chatnode.jsonc": '{\n  "prot": 1\n}' },
    says: [
      'Cannot set "prot" from chatnode.jsonc:2:3: no setting has that name | ' +
      "Did you mean port?",
    ],
  },
  {
    why: "an unknown variable",
    environment: { CHATNODE_PROT: "1" },
    says: [
      "Cannot use CHATNODE_PROT from the environment: no setting has that name | " +
      "Did you mean CHATNODE_PORT?",
    ],
  },
  {
    why: "a line of .env that sets nothing, though it looks as if",
    files: { ".env": 'A="1\nCHATNODE_B"\nwhat?\nexport CHATNODE_PORT: 1\n# CHATNODE_PORT' },
    says: ["Cannot use .env:4: it is no NAME=value"],
  },
  {
    why: "an unknown variable in .env",
    files: { ".env": "A=1\nCHATNODE_REGISTRATON=open" },
    says: [
      "Cannot use .env:2 (CHATNODE_REGISTRATON): no setting has that name | " +
      "Did you mean CHATNODE_REGISTRATION?",
    ],
  },
  {
    why: "an unknown variable without neighbours",
    environment: { CHATNODE_FROBNICATE: "1" },
    says: [
      "Cannot use CHATNODE_FROBNICATE from the environment: no setting has that name | " +
      "chatnode config print shows every setting.",
    ],
  },
  {
    why: "out of range by flag",
    flags: [["port", "65536"]],
    says: ["Cannot set port from --port: 65536 is not an integer from 0 to 65535"],
  },
  {
    why: "no number",
    environment: { CHATNODE_PORT: "http" },
    says: ['Cannot set port from CHATNODE_PORT: "http" is not an integer from 0 to 65535'],
  },
  {
    why: "a wrong type in the file",
    files: { "chatnode.jsonc": '{"port": "1", "search": "yes", "corsOrigins": "*"}' },
    says: [
      'Cannot set port from chatnode.jsonc:1:2: "1" is not an integer from 0 to 65535',
      'Cannot set corsOrigins from chatnode.jsonc:1:32: "*" is not a list, each an origin such ' +
      "as https://chat.example.org, or *",
      'Cannot set search from chatnode.jsonc:1:15: "yes" is not true or false',
    ],
  },
  {
    why: "a choice that is nearly one",
    flags: [["registration", "opne"]],
    says: [
      'Cannot set registration from --registration: "opne" is not one of open, invite, ' +
      "closed | Did you mean open?",
    ],
  },
  {
    why: "a time without a unit",
    files: { "chatnode.jsonc": '{"tokenLifetime": 30}' },
    says: [
      'Cannot set tokenLifetime from chatnode.jsonc:1:2: "30" is not a time from 1m to ' +
      "365d | Write a number and ms, s, m, h or d, for example 30m.",
    ],
  },
  {
    why: "a size beyond the bound",
    flags: [["maxMessage", "1GiB"]],
    says: ['Cannot set maxMessage from --max-message: "1GiB" is not a size from 1B to 256KiB'],
  },
  {
    why: "a value that another source overrides is checked as well",
    flags: [["port", "1"]],
    files: { "chatnode.jsonc": '{"port": -1}' },
    says: ["Cannot set port from chatnode.jsonc:1:2: -1 is not an integer from 0 to 65535"],
  },
  {
    why: "a home folder that no shell expanded",
    files: { "chatnode.jsonc": '{"data": "~/chat"}' },
    says: [
      'Cannot set data from chatnode.jsonc:1:2: "~/chat" is not the path of a folder | ' +
      "Write the home folder out; only a shell knows ~.",
    ],
  },
  {
    why: "a file that is not there",
    config: "missing.jsonc",
    says: ["Cannot read missing.jsonc: there is no such file"],
  },
  {
    why: "everything at once",
    files: { "chatnode.jsonc": '{"prot": 1}', ".env": "CHATNODE_HSOT=a" },
    environment: { CHATNODE_PORT: "-1" },
    flags: [["env", "prod"]],
    says: [
      "Cannot use .env:1 (CHATNODE_HSOT): no setting has that name | Did you mean CHATNODE_HOST?",
      'Cannot set "prot" from chatnode.jsonc:1:2: no setting has that name | Did you mean port?',
      'Cannot set env from --env: "prod" is not one of development, production, testing | ' +
      "Did you mean production?",
      "Cannot set port from CHATNODE_PORT: -1 is not an integer from 0 to 65535",
    ],
  },
  {
    why: "a certificate without its key",
    flags: [["tlsCert", "cert.pem"]],
    says: ["Cannot use tlsCert alone: tlsKey is not set | TLS needs both."],
  },
  {
    why: "no port after the last",
    flags: [["port", "65535"]],
    says: [
      "Cannot serve on port + 1: port is 65535, the last there is | " +
      "Choose a lower port, or set secondPort to false.",
    ],
  },
  {
    why: "messages that no frame can carry",
    flags: [["maxMessage", "64KiB"], ["maxFrame", "64KiB"]],
    says: [
      "Cannot use maxMessage: a message of that size does not fit into maxFrame | " +
      "Leave at least 4KiB between them.",
    ],
  },
];

for (const { why, says, ...what } of refused) {
  Deno.test(`refused: ${why}`, strict, async () => {
    assert.deepEqual(await faults(what), says);
  });
}

const SECRET = "0123456789abcdef0123456789abcdef";

const secrets: readonly (Case & { why: string; from: string })[] = [
  {
    why: "its own variable",
    environment: { CHATNODE_JWT_SECRET: SECRET },
    from: "CHATNODE_JWT_SECRET",
  },
  { why: "AloneChat's variable", environment: { JWT_SECRET: SECRET }, from: "JWT_SECRET" },
  {
    why: "its own before AloneChat's",
    environment: { CHATNODE_JWT_SECRET: SECRET, JWT_SECRET: "x".repeat(40) },
    from: "CHATNODE_JWT_SECRET",
  },
  {
    why: "a file that a variable names",
    environment: { CHATNODE_JWT_SECRET_FILE: "s" },
    files: { s: `${SECRET}\n` },
    from: "CHATNODE_JWT_SECRET_FILE",
  },
  {
    why: "a file that a flag names, over a variable",
    environment: { CHATNODE_JWT_SECRET: "y".repeat(40) },
    flags: [["jwtSecret", "s"]],
    files: { s: `${SECRET}\r\n` },
    from: "--jwt-secret-file",
  },
  {
    why: "a file that the file names",
    files: { s: SECRET, "chatnode.jsonc": '{"jwtSecretFile": "s"}' },
    from: "chatnode.jsonc:1:2",
  },
  { why: ".env", files: { ".env": `JWT_SECRET="${SECRET}"` }, from: ".env:1 (JWT_SECRET)" },
];
for (const { why, from, ...what } of secrets) {
  Deno.test(`secret: ${why}`, strict, () =>
    load(what, ({ settings, origins }, cwd) => {
      assert.equal(settings.jwtSecret?.reveal(), SECRET);
      assert.equal(describeOrigin(origins.jwtSecret, cwd), from);
      assert.doesNotMatch(Deno.inspect(settings) + JSON.stringify(settings), /0123456789/);
    }));
}

const badSecrets: readonly (Case & { why: string; says: string })[] = [
  {
    why: "too short; it is not repeated",
    environment: { JWT_SECRET: "short-secret" },
    says: "Cannot set jwtSecret from JWT_SECRET: 12 bytes are too few, at least 32 are needed | " +
      "Make one with: openssl rand -base64 48",
  },
  {
    why: "in the settings file; it is not repeated",
    files: { "chatnode.jsonc": `{"jwtSecret": "${SECRET}"}` },
    says:
      "Cannot set jwtSecret from chatnode.jsonc:1:2: a secret does not belong in the settings " +
      "file | Put it in a file of its own and name that in jwtSecretFile.",
  },
  {
    why: "a file that is not there",
    flags: [["jwtSecret", "missing"]],
    says: "Cannot set jwtSecret from --jwt-secret-file: there is no such file",
  },
  {
    why: "no path",
    files: { "chatnode.jsonc": '{"jwtSecretFile": 1}' },
    says: "Cannot set jwtSecret from chatnode.jsonc:1:2: it is not the path of a file",
  },
];
for (const { why, says, ...what } of badSecrets) {
  Deno.test(`secret refused: ${why}`, strict, async () => {
    assert.deepEqual(await faults(what), [says]);
  });
}

Deno.test(
  "files found in a folder that everybody may write to are passed over",
  strict,
  async () => {
    const files = { "chatnode.jsonc": '{"port": 1}', ".env": "CHATNODE_PORT=2" };
    await inFolder(files, async (cwd) => {
      await Deno.chmod(cwd, 0o1777);
      const environment = { HOME: "/h" };
      const found = await loadSettings({ flags: [], config: undefined, environment, cwd });
      assert.equal(found.settings.port, 8765);
      assert.deepEqual(found.warnings, [
        `Passed over .env in ${cwd}: everybody may write to that folder`,
        `Passed over chatnode.jsonc in ${cwd}: everybody may write to that folder`,
      ]);
      const named = await loadSettings({ flags: [], config: "chatnode.jsonc", environment, cwd });
      assert.equal(named.settings.port, 1, "a file that is named is meant");
    });
  },
);

Deno.test("a file that is no text is refused", strict, async () => {
  await inFolder({}, async (cwd) => {
    await Deno.writeFile(join(cwd, "chatnode.jsonc"), Uint8Array.of(0xff, 0xfe));
    await assert.rejects(
      loadSettings({ flags: [], config: undefined, environment: { HOME: "/h" }, cwd }),
      { message: "Cannot read chatnode.jsonc: it is not UTF-8" },
    );
  });
});

Deno.test("a file of any size is not read into memory", strict, async () => {
  await inFolder({}, async (cwd) => {
    const path = join(cwd, "chatnode.jsonc");
    (await Deno.create(path)).close();
    await Deno.truncate(path, 1024 ** 3);
    await assert.rejects(
      loadSettings({ flags: [], config: undefined, environment: { HOME: "/h" }, cwd }),
      { message: "Cannot read chatnode.jsonc: it is larger than 1 MiB" },
    );
  });
});

Deno.test("the example of the reference page works", strict, async () => {
  const files = { "chatnode.jsonc": EXAMPLE, "jwt-secret": SECRET };
  await load({ files }, ({ settings }) => {
    assert.equal(settings.name, "chat.example.org");
    assert.equal(settings.retention, 365 * 86_400_000);
    assert.equal(settings.jwtSecret?.reveal(), SECRET);
  });
});
