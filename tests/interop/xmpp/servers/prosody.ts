/**
 * Prosody from Debian.
 *
 * @module
 */
import { join } from "node:path";
import type { Certificates } from "./certificates.ts";
import { passwordOf, type Ports, USERS, type XmppServer } from "./contract.ts";
import { Daemon, portsFor } from "./daemon.ts";
import { NEWER_CORE_PLUGIN, PROSODY_HOSTS, prosodyConfiguration } from "./prosody_configuration.ts";

/** Starts a Prosody that keeps everything in `folder`. */
export async function startProsody(
  folder: string,
  certificates: Certificates,
  options: {
    /** How long a session without a connection can be resumed; 60 unless told. */
    readonly hibernationSeconds?: number;
  } = {},
): Promise<XmppServer> {
  const ports: Ports = portsFor(["starttls", "direct", "http", "https", "component"]);
  await Deno.mkdir(join(folder, "data"), { recursive: true });
  await Deno.mkdir(join(folder, "plugins"));
  await Deno.writeTextFile(join(folder, "plugins", "mod_newer_core.lua"), NEWER_CORE_PLUGIN);
  const file = join(folder, "prosody.cfg.lua");
  const settings = { hibernationSeconds: options.hibernationSeconds ?? 60 };
  await Deno.writeTextFile(
    file,
    prosodyConfiguration(folder, certificates.folder, ports, settings),
  );
  const server = new Prosody(folder, file, ports, certificates);
  for (const host of PROSODY_HOSTS) {
    for (const user of USERS) await server.register(user, host, passwordOf(user));
  }
  await server.start();
  return server;
}

class Prosody implements XmppServer {
  readonly kind = "prosody";
  readonly ports: Ports;
  readonly certificates: Certificates;
  readonly #folder: string;
  readonly #file: string;
  #daemon: Daemon | undefined;

  constructor(folder: string, file: string, ports: Ports, certificates: Certificates) {
    this.#folder = folder;
    this.#file = file;
    this.ports = ports;
    this.certificates = certificates;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.ports.http}/xmpp-websocket`;
  }

  get wss(): string {
    return `wss://localhost:${this.ports.https}/xmpp-websocket`;
  }

  /** Written as its storage has it: a first login hashes the password. */
  async register(name: string, host: string, password: string): Promise<void> {
    const accounts = join(this.#folder, "data", encoded(host), "accounts");
    await Deno.mkdir(accounts, { recursive: true });
    const bytes = [...new TextEncoder().encode(password)].map((byte) =>
      `\\${byte.toString().padStart(3, "0")}`
    );
    const text = `return { ["password"] = "${bytes.join("")}"; };\n`;
    await Deno.writeTextFile(join(accounts, `${encoded(name)}.dat`), text);
  }

  log(): Promise<string> {
    return Deno.readTextFile(join(this.#folder, "prosody.log"));
  }

  async start(): Promise<void> {
    this.#daemon = await Daemon.start({
      program: "prosody",
      args: ["--config", this.#file, "-F"],
      cwd: this.#folder,
      ports: [this.ports.starttls, this.ports.direct, this.ports.http, this.ports.component],
    });
  }

  async stop(): Promise<void> {
    await this.#daemon?.stop();
    this.#daemon = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** As Prosody names its files. */
function encoded(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => {
    const char = String.fromCharCode(byte);
    return /[a-zA-Z0-9]/.test(char) ? char : `%${byte.toString(16).padStart(2, "0")}`;
  }).join("");
}
