/**
 * `docs/configuration.md`, made from the table.
 *
 * @module
 */
import { type Group, GROUPS } from "./setting.ts";
import { OTHER_NAMES } from "./sources.ts";
import { row, type Spelling, SPELLINGS } from "./spelling.ts";

/** A file that works as it stands beside a file `jwt-secret`; a test loads it. */
export const EXAMPLE = `{
  // The part after @ in the addresses of this node's accounts.
  "name": "chat.example.org",

  // A proxy on this machine does TLS and is the only one to connect.
  "host": "127.0.0.1",
  "port": 8765,
  "secondPort": false,
  "trustedProxies": ["127.0.0.1", "::1"],

  // On loopback the default would be open; the proxy makes the node public.
  "registration": "invite",
  "tokenLifetime": "12h",
  // Relative paths in this file start at this file's folder.
  "jwtSecretFile": "jwt-secret",

  "maxMessage": "32KiB",
  "retention": "365d",
}
`;

const INTRODUCTION = `# Configuration

<!-- Made by \`deno run -A tasks/docs.ts\` from src/config/schema.ts; changes here would be lost. -->

Every setting has one name in three spellings: \`maxFrame\` in \`chatnode.jsonc\` is \`--max-frame\`
on the command line and \`CHATNODE_MAX_FRAME\` in the environment. Nothing has to be set.

## Where settings come from

The first of these that gives a value counts:

1. **Flags** of the command line. Of a flag given twice the last counts; lists add up.
   Settings that are true or false are \`--search\` and \`--no-search\`.
2. **Environment variables**. A variable that is empty counts as absent.
3. **\`.env\`** in the working directory: \`NAME=value\` lines, \`#\` comments, quotes. Only the names
   on this page are read from it.
4. **The settings file**: the one that \`--config FILE\` or \`CHATNODE_CONFIG\` names, else
   \`chatnode.jsonc\` in the working directory, else \`chatnode.jsonc\` in the data folder (as flags,
   environment and defaults give it). One file is read, never two. It is JSON with comments and
   trailing commas.
5. **The default**.

Whatever is not right is refused before anything starts, with its place and the nearest name that
exists: unknown flags, keys and \`CHATNODE_*\` variables, and values out of range, even where another
source overrides them. \`chatnode config check\` names every fault at once; \`chatnode config print\`
shows every setting with its value and where that comes from.

Relative paths start at the working directory, in the settings file at the file's folder. A \`.env\`
or \`chatnode.jsonc\` in a working directory that everybody may write to (such as \`/tmp\`) is passed
over with a warning, since it may be somebody else's; name it with \`--config\` if it is yours.

Sizes are a number with \`B\`, \`KiB\`, \`MiB\` or \`GiB\`; times a number with \`ms\`, \`s\`, \`m\`, \`h\` or
\`d\`. Lists are separated by commas, in the file they are arrays.

`;

const SECRETS = `## Secrets

A secret stands in a file of its own or in the environment, never in \`chatnode.jsonc\` and never on
the command line, where every user of the machine could read it. The setting \`jwtSecret\`, and every
other one whose spellings below end in \`File\`, is therefore spelled \`jwtSecretFile\` in the file and
\`--jwt-secret-file\` as a flag, and in the environment either \`CHATNODE_JWT_SECRET\` (the value) or
\`CHATNODE_JWT_SECRET_FILE\` (the path of a file). One line end at the end of such a file does not
belong to the secret. Keep such a file readable for the node's user alone:
\`openssl rand -base64 48 > jwt-secret && chmod 600 jwt-secret\`.

To replace the key without logging anybody out: make the old one \`jwtSecretPrevious\`, set the new
one as \`jwtSecret\`, restart, and take the old one away once \`tokenLifetime\` has passed.

`;

const SYSTEMD = `## Under systemd

\`\`\`ini
[Service]
ExecStart=/usr/local/bin/chatnode server --config /etc/chatnode/chatnode.jsonc
ExecReload=kill -HUP $MAINPID
DynamicUser=yes
# The data folder: chatnode takes it from $STATE_DIRECTORY.
StateDirectory=chatnode
# The key reaches this service alone; %d is the folder of its credentials.
LoadCredential=jwt-secret:/etc/chatnode/jwt-secret
Environment=CHATNODE_JWT_SECRET_FILE=%d/jwt-secret
# More than maxConnections.
LimitNOFILE=65536
\`\`\`

Log lines on stderr are JSON there, since it is no terminal; \`logFormat\` and \`logFiles\` change that.

`;

/** The page, from its title to its last line. */
export function referencePage(): string {
  return [
    INTRODUCTION,
    `## Example\n\n\`\`\`jsonc\n${EXAMPLE}\`\`\`\n\n`,
    SECRETS,
    SYSTEMD,
    `## All settings\n\n${index()}\n`,
    ...GROUPS.map(groupSection),
    otherNames(),
  ].join("");
}

function index(): string {
  const lines = SPELLINGS.map((spelled) => {
    const { key, flag, environment, fileKey } = spelled;
    const cells = [
      `[\`${fileKey}\`](#${key.toLowerCase()})`,
      `\`${flag}\``,
      `\`${environment[0]}\``,
    ];
    return `| ${[...cells, defaultOf(spelled)].join(" | ")} |`;
  });
  return ["| Key | Flag | Environment | Default |", "| --- | --- | --- | --- |", ...lines, ""].join(
    "\n",
  );
}

function groupSection(group: Group): string {
  const own = SPELLINGS.filter(({ key }) => row(key).group === group);
  return `## ${group}\n\n${own.map(settingSection).join("")}`;
}

function settingSection(spelled: Spelling): string {
  const { key, flag, negatedFlag, environment, environmentFile, fileKey, secret } = spelled;
  const { kind, help, details, readers } = row(key);
  const flags = negatedFlag === undefined
    ? `\`${flag} ${kind.placeholder}\``
    : `\`${flag}\`, \`${negatedFlag}\``;
  const variables = [...environment, ...environmentFile === undefined ? [] : [environmentFile]];
  const wants = secret ? `${kind.wants}, or the path of a file that holds it` : kind.wants;
  const facts = [
    `- In the file: \`${fileKey}\``,
    `- Flag: ${flags}`,
    `- Environment: ${variables.map((name) => `\`${name}\``).join(", ")}`,
    `- Value: ${wants}`,
    `- Default: ${defaultOf(spelled)}`,
    `- Read by: ${readers === "all" ? "every command with settings" : readers.join(", ")}`,
  ];
  const more = details === undefined ? "" : ` ${details}`;
  return `### ${key}\n\n${withCode(help)}${more}\n\n${facts.join("\n")}\n\n`;
}

function defaultOf({ key }: Spelling): string {
  const { defaultWords, plainDefault } = row(key);
  return plainDefault ? `\`${defaultWords}\`` : defaultWords;
}

/** Flags in a sentence (`message-rate`) as code. */
function withCode(help: string): string {
  return SPELLINGS.reduce((text, { flag }) => {
    const name = flag.slice(2);
    return name.includes("-")
      ? text.replaceAll(new RegExp(`\\b${name}\\b`, "g"), `\`${name}\``)
      : text;
  }, help);
}

function otherNames(): string {
  const lines = Object.entries(OTHER_NAMES).map(([name, does]) => `- \`${name}\`: ${does}`);
  const more = [
    "- `STATE_DIRECTORY`, `XDG_DATA_HOME`, `HOME`: where the data folder is when nobody says.",
    "- `NO_COLOR`: no colours, whatever its value; neither when `TERM` is `dumb`.",
  ];
  return `## Other environment variables\n\n${[...lines, ...more].join("\n")}\n`;
}
