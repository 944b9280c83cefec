/**
 * `chatnode relay`.
 *
 * @module
 */
import { replaceFile } from "../files.ts";
import { integer, path, text } from "../config/kinds.ts";
import { UsageError } from "../errors.ts";
import { getLogger } from "../log.ts";
import { action, optionalFlag } from "./command.ts";
import { relayAnnouncement, type RelayFacts } from "./relay_announcement.ts";
import { surviveStrayErrors } from "./stray_errors.ts";

export const command = action({
  name: "relay",
  summary: "Relay chat over TCP: original clients, netcat, native frames",
  reads: "relay",
  logs: "service",
  description: "Serves the TCP relay alone, until SIGINT or SIGTERM; `chatnode server --relay` " +
    "serves it beside HTTP and WebSocket. One port takes original clients of the asyncio chat, " +
    "chatnode's own, and people with netcat or telnet, each with TLS or without. Whoever has no " +
    "account comes in as a guest, unless --require-auth is set.\n\n" +
    "The line `chatnode is ready: tcp://<host>:<port>` on stdout says that everybody is served " +
    "from then on.",
  examples: [
    { line: "relay", does: "On port 50000 of every address, data in the usual folder." },
    { line: "relay --host 127.0.0.1 --port 5000 --data ./chat", does: "For this machine only." },
    {
      line: "relay --upstream tcp://old.example.org:50000 --as bridge",
      does: "Joined to the chat of a running original server, as one client of it.",
    },
    {
      line: "relay --tls required --tls-cert cert.pem --tls-key key.pem --require-auth",
      does: "Encrypted, and for accounts only.",
    },
  ],
  options: {
    port: optionalFlag(integer(0, 65_535, "PORT"), "TCP port, instead of the setting relay-port."),
    upstream: optionalFlag(
      text({
        placeholder: "tcp://HOST:PORT",
        wants: "an address such as tcp://old.example.org:50000, or tls://...",
        pattern: /^(?:tcp|tls):\/\/[^/?#@\s]+\/?$/,
      }),
      "Join the lobby to the chat of a running original server.",
    ),
    as: optionalFlag(
      text({ placeholder: "NAME", wants: "a name of 1 to 40 characters", pattern: /^.{1,40}$/u }),
      "What the relay is called there; needed with --upstream.",
    ),
    readyFile: optionalFlag(
      path("file"),
      "Write this file, JSON with the address and the process id, once everybody is served.",
    ),
  },
  async run({ io, settings, options, signal }) {
    if ((options.upstream === undefined) !== (options.as === undefined)) {
      const [given, missing] = options.as === undefined ? ["upstream", "as"] : ["as", "upstream"];
      throw new UsageError("usage/alone", `Cannot use --${given}: --${missing} is not given`);
    }
    // Loaded here, so that help comes without it.
    const { openRelayNode } = await import("./relay_node.ts");
    await using node = await openRelayNode({
      ...{ settings, clock: io.clock, random: io.random, program: "chatnode relay" },
      port: options.port ?? settings.relayPort,
      passwords: undefined,
      surroundings: { environment: io.environment, cwd: io.cwd },
      upstream: options.upstream,
      as: options.as,
    });
    const forget = [
      io.signals.on("SIGHUP", () => void node.reload()),
      io.signals.on("SIGUSR2", () => void node.seal()),
    ];
    const letFall = surviveStrayErrors(getLogger(["relay"]));
    try {
      const { host, port } = node.relay;
      const { name, entrance } = node.core;
      const tls = settings.tlsCert === undefined ? "off" : settings.tls;
      const facts = { name, host, port, data: settings.data, tls, guests: entrance.policy };
      await io.stdout.write(relayAnnouncement(facts, io));
      if (options.readyFile !== undefined) await writeReadyFile(options.readyFile, facts);
      await aborted(signal);
    } finally {
      forget.forEach((each) => each());
      letFall();
    }
  },
});

async function writeReadyFile(file: string, { name, host, port }: RelayFacts): Promise<void> {
  const ready = { pid: Deno.pid, name, host, relay_port: port };
  await replaceFile(file, new TextEncoder().encode(`${JSON.stringify(ready)}\n`));
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
