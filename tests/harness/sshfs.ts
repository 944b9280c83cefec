/**
 * A folder of this machine, mounted as if it were another one's: `sshfs` and an SFTP server, with a
 * socket of loopback between them instead of ssh.
 *
 * @module
 */
import { freePort } from "./free_ports.ts";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

const SFTP_SERVER = "/usr/lib/openssh/sftp-server";

/** Whether FUSE can be had here. Containers often forbid it. */
export async function canMountFuse(): Promise<boolean> {
  try {
    (await Deno.open("/dev/fuse", { read: true, write: true })).close();
    return true;
  } catch {
    return false;
  }
}

/** See the module's description. */
export class SshFolder implements AsyncDisposable {
  /** Where it is mounted. */
  readonly path: string;
  readonly #folder: string;
  readonly #children: Deno.ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "mounted");
  }

  /** Mounts one. @param options `sshfs -o` */
  static async mount(...options: readonly string[]): Promise<SshFolder> {
    const folder = await Deno.makeTempDir({ prefix: "chatnode_sshfs_" });
    const mounted = new SshFolder(folder);
    try {
      await mounted.#start(options);
      return mounted;
    } catch (error) {
      await mounted[Symbol.asyncDispose]();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Deno.Command("fusermount3", { args: ["-u", "-z", this.path] }).output();
    for (const child of this.#children.toReversed()) {
      try {
        child.kill("SIGTERM");
      } catch {
        // It has ended already.
      }
      await child.status;
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #start(options: readonly string[]): Promise<void> {
    const target = join(this.#folder, "there");
    await Deno.mkdir(target);
    await Deno.mkdir(this.path);
    const port = freePort();
    this.#spawn("socat", `TCP-LISTEN:${port},bind=127.0.0.1,reuseaddr,fork`, `EXEC:${SFTP_SERVER}`);
    await eventually("the SFTP server listens", async () => {
      const connection = await Deno.connect({ port, hostname: "127.0.0.1" }).catch(() => undefined);
      connection?.close();
      return connection !== undefined;
    });
    const settings = [`directport=${port}`, ...options].flatMap((option) => ["-o", option]);
    this.#spawn("sshfs", "-f", ...settings, `127.0.0.1:${target}`, this.path);
    const { dev } = await Deno.stat(this.#folder);
    await eventually("it is mounted", async () => (await Deno.stat(this.path)).dev !== dev);
  }

  #spawn(program: string, ...args: readonly string[]): void {
    const quiet = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.#children.push(new Deno.Command(program, { args: [...args], ...quiet }).spawn());
  }
}
