/**
 * ejabberd from Debian, as one Erlang process that is not distributed: no epmd, no cookie. It is
 * administered over its HTTP API.
 *
 * @module
 */
import { join } from "node:path";
import type { Certificates } from "./certificates.ts";
import { passwordOf, type Ports, USERS, type XmppServer } from "./contract.ts";
import { Daemon, portsFor } from "./daemon.ts";
import { ejabberdConfiguration } from "./ejabberd_configuration.ts";

/** Where Debian keeps the Erlang libraries of this machine's architecture. */
const LIBRARIES = "/usr/lib";

/** Starts an ejabberd that keeps everything in `folder`. */
export async function startEjabberd(
  folder: string,
  certificates: Certificates,
): Promise<XmppServer> {
  const ports: Ports = portsFor(["starttls", "direct", "http", "https", "component"]);
  for (const part of ["spool", "logs", "upload"]) {
    await Deno.mkdir(join(folder, part), { recursive: true });
  }
  const text = ejabberdConfiguration(folder, certificates.folder, ports);
  await Deno.writeTextFile(join(folder, "ejabberd.yml"), text);
  const server = new Ejabberd(folder, ports, certificates, await libraries());
  await server.start();
  for (const user of USERS) await server.register(user, "localhost", passwordOf(user));
  return server;
}

/** The folder that holds ejabberd and what it needs: `/usr/lib/<architecture>-linux-gnu`. */
async function libraries(): Promise<string> {
  for await (const entry of Deno.readDir(LIBRARIES)) {
    const folder = join(LIBRARIES, entry.name);
    if (!entry.isDirectory || !entry.name.endsWith("-linux-gnu")) continue;
    for await (const { name } of Deno.readDir(folder)) {
      if (name.startsWith("ejabberd-")) return folder;
    }
  }
  throw new Error("Cannot find ejabberd's Erlang libraries");
}

class Ejabberd implements XmppServer {
  readonly kind = "ejabberd";
  readonly ports: Ports;
  readonly certificates: Certificates;
  readonly #folder: string;
  readonly #libraries: string;
  #daemon: Daemon | undefined;

  constructor(folder: string, ports: Ports, certificates: Certificates, libraries: string) {
    this.#folder = folder;
    this.ports = ports;
    this.certificates = certificates;
    this.#libraries = libraries;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.ports.http}/ws`;
  }

  get wss(): string {
    return `wss://localhost:${this.ports.https}/ws`;
  }

  async register(name: string, host: string, password: string): Promise<void> {
    await this.call("register", { user: name, host, password });
  }

  /** A command of its HTTP API. */
  async call(command: string, args: Readonly<Record<string, unknown>>): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.ports.http}/api/${command}`, {
      method: "POST",
      body: JSON.stringify(args),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`ejabberd refused ${command}: ${text}`);
    return text;
  }

  log(): Promise<string> {
    return Deno.readTextFile(join(this.#folder, "logs", "ejabberd.log"));
  }

  async start(): Promise<void> {
    const at = (...parts: string[]): string => join(this.#folder, ...parts);
    this.#daemon = await Daemon.start({
      program: "erl",
      args: [
        ...["+K", "true", "+P", "20000", "+S", "1:1", "-noinput"],
        ...["-mnesia", "dir", `"${at("spool")}"`, "-s", "ejabberd"],
      ],
      env: {
        EJABBERD_CONFIG_PATH: at("ejabberd.yml"),
        EJABBERD_LOG_PATH: at("logs", "ejabberd.log"),
        ERL_LIBS: this.#libraries,
        ERL_CRASH_DUMP: at("logs", "crash.dump"),
        HOME: this.#folder,
      },
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
