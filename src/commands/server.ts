/**
 * `chatnode server`.
 *
 * @module
 */
import { replaceFile } from "../files.ts";
import { path } from "../config/kinds.ts";
import { getLogger } from "../log.ts";
import { action, type Invocation, optionalFlag } from "./command.ts";
import { announcement, type Facts } from "./server_announcement.ts";
import { signInAddress } from "./sign_in_address.ts";
import { surviveStrayErrors } from "./stray_errors.ts";

export const command = action({
  name: "server",
  summary: "Run the node",
  reads: "server",
  logs: "service",
  description: "Serves HTTP and WebSocket until SIGINT or SIGTERM; a second one ends it at once. " +
    "SIGHUP opens the log files anew and reads accounts and certificate again, SIGUSR2 seals what " +
    "was said so far at once instead of in the next pause. The first start makes the data folder " +
    "and an administrator, whose password is printed once.\n\n" +
    "The line `chatnode is ready: <address>` on stdout says that everybody is served from then on.",
  examples: [
    { line: "server", does: "On every address of this machine, data in the usual folder." },
    { line: "server --host 127.0.0.1 --data ./chat", does: "For this machine only." },
    { line: "server --tls-cert cert.pem --tls-key key.pem", does: "With https and wss." },
  ],
  options: {
    readyFile: optionalFlag(
      path("file"),
      "Write this file, JSON with the address and the process id, once everybody is served.",
    ),
  },
  async run({ io, settings, options, signal }) {
    // Loaded here, so that help comes without it.
    const { openNode } = await import("./node.ts");
    const node = await openNode({
      settings,
      clock: io.clock,
      random: io.random,
      fetch: io.fetch,
      program: "chatnode server",
      surroundings: { environment: io.environment, cwd: io.cwd },
    });
    const forget = [
      io.signals.on("SIGHUP", () => void node.reload()),
      io.signals.on("SIGUSR2", () => void node.seal()),
    ];
    const letFall = surviveStrayErrors(getLogger(["server"]));
    try {
      const { name, host, port, secondPort, relayPort, firstAdmin } = node;
      const facts: Facts = {
        ...{ name, host, port, secondPort, relayPort, firstAdmin },
        data: settings.data,
        registration: settings.registration,
        signIn: signInAddress(settings),
        guests: settings.requireAuth ? "off" : settings.guests,
        secure: settings.tlsCert !== undefined,
        behindProxy: settings.trustedProxies.length > 0,
      };
      await io.stdout.write(announcement(facts, io));
      if (options.readyFile !== undefined) await writeReadyFile(options.readyFile, facts);
      await untilAborted(signal);
    } finally {
      await node.stop();
      forget.forEach((each) => each());
      letFall();
    }
  },
});

async function writeReadyFile(file: string, facts: Facts): Promise<void> {
  const { name, host, port, secondPort, relayPort, secure } = facts;
  const ports = { port, second_port: secondPort ?? null, relay_port: relayPort ?? null };
  const ready = { pid: Deno.pid, name, host, ...ports, secure };
  await replaceFile(file, new TextEncoder().encode(`${JSON.stringify(ready)}\n`));
}

function untilAborted(signal: Invocation["signal"]): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
