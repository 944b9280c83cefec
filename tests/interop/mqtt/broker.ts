/** A real broker: mosquitto with a password, on a port of its own, stopped by its pid. */
import { join } from "node:path";
import { freePort } from "../../harness/free_ports.ts";
import { eventually } from "../../harness/eventually.ts";
import type { TestCertificate } from "../../harness/certificates.ts";
import { TempFolder } from "../../history/temp_folder.ts";

export const USER = "node";
export const PASSWORD = "a password";

/** See the module's description. */
export class Broker implements AsyncDisposable {
  readonly port: number;
  readonly #folder: TempFolder;
  #child: Deno.ChildProcess | undefined;

  private constructor(port: number, folder: TempFolder) {
    this.port = port;
    this.#folder = folder;
  }

  /** @param certificate with one the broker speaks TLS only */
  static async start(certificate?: TestCertificate): Promise<Broker> {
    const folder = await TempFolder.make();
    await Deno.chmod(folder.path, 0o755);
    const broker = new Broker(freePort(), folder);
    await broker.#configure(certificate);
    await broker.start();
    return broker;
  }

  /** Starts it, also again after {@linkcode Broker.stop}. */
  async start(): Promise<void> {
    const args = ["-c", join(this.#folder.path, "broker.conf")];
    this.#child = new Deno.Command("mosquitto", { args, stdout: "null", stderr: "null" }).spawn();
    await eventually("the broker listens", async () => {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return true;
      } catch {
        return false;
      }
    });
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined) return;
    child.kill("SIGKILL");
    await child.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #configure(certificate: TestCertificate | undefined): Promise<void> {
    const file = (name: string) => join(this.#folder.path, name);
    const passwords = new Deno.Command("mosquitto_passwd", {
      args: ["-b", "-c", file("passwords"), USER, PASSWORD],
      stdout: "null",
      stderr: "null",
    });
    await passwords.output();
    // As root the broker becomes another user, who has to read them.
    await Deno.chmod(file("passwords"), 0o644);
    const lines = [
      `listener ${this.port} 127.0.0.1`,
      "allow_anonymous false",
      `password_file ${file("passwords")}`,
      "persistence false",
    ];
    if (certificate !== undefined) {
      await Deno.writeTextFile(file("cert.pem"), certificate.cert);
      await Deno.writeTextFile(file("key.pem"), certificate.key);
      lines.push(`certfile ${file("cert.pem")}`, `keyfile ${file("key.pem")}`);
    }
    await Deno.writeTextFile(file("broker.conf"), `${lines.join("\n")}\n`);
  }
}
