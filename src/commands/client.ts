/**
 * `chatnode client`.
 *
 * @module
 */
import { boolean, choice, duration, integer, path, text } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import { action, option, optionalFlag } from "./command.ts";

const NAME = text({
  placeholder: "NAME",
  wants: "a name of 1 to 64 characters",
  // deno-lint-ignore no-control-regex -- controls are what a name must not hold
  pattern: /^(?=.*\S)[^\x00-\x1f\x7f]{1,64}$/u,
});
const ROOM = text({
  placeholder: "ROOM",
  wants: "the name of a room",
  // deno-lint-ignore no-control-regex -- controls are what a name must not hold
  pattern: /^[^\x00-\x1f\x7f]{1,240}$/u,
});

export const command = action({
  name: "client",
  summary: "Chat from the terminal",
  reads: "client",
  description: "Chats with a chatnode, over its relay (tcp://, tls://) or WebSocket (ws://, " +
    "wss://), with servers of the original asyncio chat, with XMPP servers, and with everybody who " +
    "shares a bucket (bucket:s3://NAME/PREFIX?room=general). At a terminal it fills the " +
    "screen, or has a line to write in with --line; /help there tells the rest. Otherwise every " +
    "line of stdin is a message, what others say comes on stdout, and it leaves when everything " +
    "was sent.\n\n" +
    "Over the relay --name alone comes in as a guest. A token in CHATNODE_TOKEN or --token-file, or " +
    "--login, comes in with an account; over WebSocket that is always needed. Passwords and tokens " +
    "are never arguments.\n\n" +
    "An XMPP account is xmpp:NAME@DOMAIN. Its password comes from XMPP_PASSWORD (in the environment " +
    "or in .env), --password-file, chatnode account xmpp add or --remember, or is asked for; XMPP_JID " +
    "names the account of xmpp: alone.",
  examples: [
    { line: "client tcp://chat.example.org:50000 --name Alice", does: "As a guest." },
    { line: "client wss://chat.example.org --name alice", does: "Asks for the password." },
    {
      line: "client tcp://localhost --name bot < report.txt",
      does: "Says every line of the file in the lobby.",
    },
    { line: "client ws://localhost:8765 --json --follow", does: "Events as JSON Lines." },
    {
      line: "client 'bucket:s3://team/chat?room=general' --name alice",
      does: "With nothing but a bucket between you.",
    },
    { line: "client xmpp:alice@example.org", does: "An XMPP account; asks for the password." },
    {
      line: "client xmpp:new@example.org --register",
      does: "Makes the account first, and asks for its password.",
    },
    {
      line: "client xmpp:a@example.org xmpp:b@example.org --headless --json",
      does: "Two accounts as a service.",
    },
  ],
  positionals: {
    usage: "ADDRESS...",
    help: "tcp://HOST:PORT or tls://HOST:PORT of a relay, ws://HOST:PORT or wss://HOST:PORT, " +
      "bucket:URL, xmpp:NAME@DOMAIN; several on the full screen, XMPP accounts also with --headless.",
    least: 1,
    most: 100,
  },
  options: {
    name: optionalFlag(NAME, "What to be called, or whose account it is; else Anonymous."),
    alias: optionalFlag(NAME, "The same as --name."),
    login: option(boolean(), "Come in with an account's password, asked for.", false),
    passwordFile: optionalFlag(path("file"), "Read the account's password from this file."),
    tokenFile: optionalFlag(path("file"), "Read a token from this file."),
    ca: optionalFlag(path("file"), "Trust the certificates (PEM) in this file."),
    connect: optionalFlag(
      text({ placeholder: "ADDRESS", wants: "an address", pattern: /^\S{1,2000}$/u }),
      "XMPP: connect to xmpp://HOST:PORT (STARTTLS), xmpps://HOST:PORT or wss://..., not where " +
        "DNS says.",
    ),
    pin: optionalFlag(
      text({
        placeholder: "SHA256",
        wants: "a SHA-256 fingerprint, hexadecimal",
        pattern: /^(?:[0-9A-Fa-f]{2}:?){32}$/u,
      }),
      "XMPP: trust the certificate with this fingerprint alone.",
    ),
    remember: option(
      boolean(),
      "XMPP: once it has worked, keep the password, encrypted, in the data folder.",
      false,
    ),
    register: option(
      boolean(),
      "XMPP: make the account first, where the server lets anybody; asks for a new password.",
      false,
    ),
    protocol: option(
      choice("auto", "native", "original"),
      "Over TCP: find out what the server speaks, chatnode.v1, or the original protocol.",
      "auto",
    ),
    insecurePlaintext: option(
      boolean(),
      "Send a password or token although the connection is not encrypted.",
      false,
    ),
    room: option(ROOM, "The room to begin in.", "lobby"),
    to: optionalFlag(NAME, "From a pipe: say everything to this person instead of a room."),
    history: optionalFlag(
      integer(0, 200, "COUNT"),
      "Earlier messages shown at first; unless told, 50 on the full screen and 20 with --line.",
    ),
    json: option(boolean(), "Events as JSON Lines on stdout, requests on stdin.", false),
    follow: option(boolean(), "From a pipe: go on listening when the input has ended.", false),
    timeout: option(
      duration(1_000, 86_400_000),
      "From a pipe: how long the server may take for what is still to be sent at the end.",
      120_000,
    ),
    bell: option(boolean(), "The same as --notify bell.", false),
    notify: option(
      choice("off", "bell", "desktop"),
      "When somebody speaks to you: ring the terminal's bell, or have it notify the desktop (OSC 9).",
      "off",
    ),
    awayAfter: option(
      duration(0, 86_400_000),
      "XMPP: after so long without a key others see you as away; 0s: never.",
      600_000,
    ),
    line: option(
      boolean(),
      "At a terminal: one line to write in instead of the full screen.",
      false,
    ),
    monochrome: option(boolean(), "No colours; also with NO_COLOR.", false),
    headless: option(
      boolean(),
      "Neither read stdin nor show messages; with --json, events on stdout. For services.",
      false,
    ),
  },
  async run({ io, settings, options, positionals: addresses, signal }) {
    if (options.name !== undefined && options.alias !== undefined) {
      throw new UsageError("client/name", "Cannot use --alias: --name says the same");
    }
    // Loaded here, so that help comes without them.
    const { runClient } = await import("./client_modes.ts");
    // What waits here, back-off for example, does not keep the process alive by itself.
    const alive = setInterval(() => {}, 2 ** 30);
    try {
      const chosen = { ...options, name: options.name ?? options.alias };
      return await runClient({ addresses, options: chosen, settings, io, signal });
    } finally {
      clearInterval(alive);
    }
  },
});
