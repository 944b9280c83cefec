/**
 * Ceph's object gateway, a real S3 server: one monitor, one object store in memory, one gateway, on
 * loopback, each a child of the test.
 *
 * @module
 */
import { freePorts } from "./free_ports.ts";
import { AwsClient } from "aws4fetch";
import { join } from "node:path";
import { eventually } from "./eventually.ts";

/** How long a start may take on a busy machine, milliseconds. */
const START_PATIENCE = 240_000;
/** How long a daemon may take to end. */
const END_PATIENCE = 20_000;

const ACCESS_KEY = "test";
const SECRET_KEY = "testing";

/** See the module's description. */
export class RadosGateway implements AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  /** What to reach it with, as environment variables. */
  readonly environment: Readonly<Record<string, string>> = {
    AWS_ACCESS_KEY_ID: ACCESS_KEY,
    AWS_SECRET_ACCESS_KEY: SECRET_KEY,
  };
  readonly #folder: string;
  readonly #daemons: Deno.ChildProcess[] = [];
  readonly #aws = new AwsClient({
    accessKeyId: ACCESS_KEY,
    secretAccessKey: SECRET_KEY,
    service: "s3",
    region: "us-east-1",
    retries: 0,
  });

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.endpoint = `http://127.0.0.1:${port}`;
  }

  /** Starts one; takes some ten seconds. */
  static async start(): Promise<RadosGateway> {
    const folder = await Deno.makeTempDir({ prefix: "chatnode_rgw_" });
    const [monitor = 0, port = 0] = freePorts(2);
    const gateway = new RadosGateway(folder, port);
    try {
      await gateway.#start(monitor, port);
      return gateway;
    } catch (error) {
      await gateway[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Makes a bucket. */
  async makeBucket(name: string): Promise<void> {
    await this.#put(name);
  }

  /** Makes a bucket in which everything is kept for a day. */
  async makeLockedBucket(name: string): Promise<void> {
    await this.#put(name, { headers: { "x-amz-bucket-object-lock-enabled": "true" } });
    const retention = "<DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention>";
    await this.#put(`${name}?object-lock`, {
      body: "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>" +
        `<Rule>${retention}</Rule></ObjectLockConfiguration>`,
    });
  }

  async #put(path: string, more: RequestInit = {}): Promise<void> {
    const response = await this.#aws.fetch(`${this.endpoint}/${path}`, { method: "PUT", ...more });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons.toReversed()) {
      const force = setTimeout(() => signal(daemon, "SIGKILL"), END_PATIENCE);
      signal(daemon, "SIGTERM");
      await daemon.status;
      clearTimeout(force);
    }
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #start(monitor: number, port: number): Promise<void> {
    const at = (name: string) => join(this.#folder, name);
    for (const name of ["mon", "osd"]) await Deno.mkdir(at(name));
    const fsid = crypto.randomUUID();
    await Deno.writeTextFile(at("ceph.conf"), configuration(this.#folder, fsid, monitor));
    const address = `[v2:127.0.0.1:${monitor}]`;
    await this.#keys();
    await this.#run("monmaptool", "--create", "--fsid", fsid, "--addv", "a", address, at("monmap"));
    const first = ["--monmap", at("monmap"), "--keyring", at("keyring")];
    await this.#run("ceph-mon", "--mkfs", "-i", "a", ...first);
    this.#spawn("ceph-mon", "-i", "a");
    await this.#run("ceph", "osd", "new", crypto.randomUUID());
    await this.#run("ceph", "auth", "add", "osd.0", "-i", at("keyring"));
    const dump = JSON.parse(await this.#run("ceph", "osd", "dump", "-f", "json"));
    await this.#run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", dump.osds[0].uuid);
    this.#spawn("ceph-osd", "-i", "0");
    const place = ["1.0", "root=default", "host=h1"];
    await this.#run("ceph", "osd", "crush", "add", "osd.0", ...place);
    const keys = [`--access-key=${ACCESS_KEY}`, `--secret-key=${SECRET_KEY}`];
    const user = ["--uid=test", "--display-name=test", ...keys];
    await this.#run("radosgw-admin", "user", "create", ...user);
    this.#spawn(
      "radosgw",
      ...["-n", "client.admin", "--rgw-frontends"],
      // Without it, every answer with a body waits for the client's delayed acknowledgement.
      `beast endpoint=127.0.0.1:${port} tcp_nodelay=1`,
    );
    await eventually("the gateway answers", async () => {
      const response = await fetch(this.endpoint).catch(() => undefined);
      await response?.body?.cancel();
      return response?.ok;
    }, START_PATIENCE);
  }

  async #keys(): Promise<void> {
    const keyring = join(this.#folder, "keyring");
    const owners: readonly (readonly [string, readonly string[]])[] = [
      ["mon.", ["mon", "allow *"]],
      ["client.admin", ["mon", "allow *", "osd", "allow *"]],
      ["osd.0", ["mon", "allow profile osd", "osd", "allow *"]],
    ];
    for (const [at, [name, caps]] of owners.entries()) {
      const pairs = caps.flatMap((cap, index) => index % 2 === 0 ? ["--cap", cap] : [cap]);
      const create = at === 0 ? ["--create-keyring"] : [];
      await this.#run("ceph-authtool", ...create, keyring, "--gen-key", "-n", name, ...pairs);
    }
  }

  /** Runs a program to its end; resolves with what it has written. */
  async #run(program: string, ...args: readonly string[]): Promise<string> {
    const signal = AbortSignal.timeout(START_PATIENCE);
    const { code, stdout, stderr } = await this.#command(program, args, "piped", signal).output();
    if (code === 0) return new TextDecoder().decode(stdout);
    throw new Error(`${program} ${args[0]}: ${new TextDecoder().decode(stderr).slice(-2_000)}`);
  }

  #spawn(program: string, ...args: readonly string[]): void {
    this.#daemons.push(this.#command(program, ["-f", ...args], "null").spawn());
  }

  #command(
    program: string,
    args: readonly string[],
    output: "piped" | "null",
    signal?: AbortSignal,
  ): Deno.Command {
    const config = join(this.#folder, "ceph.conf");
    return new Deno.Command(program, {
      args: [...args],
      env: { CEPH_CONF: config },
      cwd: this.#folder,
      stdin: "null",
      stdout: output,
      stderr: output,
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

function signal(daemon: Deno.ChildProcess, name: Deno.Signal): void {
  try {
    daemon.kill(name);
  } catch {
    // It has ended already.
  }
}

function configuration(folder: string, fsid: string, monitor: number): string {
  return `[global]
fsid = ${fsid}
mon host = v2:127.0.0.1:${monitor}
keyring = ${folder}/keyring
run dir = ${folder}
admin socket = ${folder}/$name.asok
log file = /dev/null
ms bind ipv6 = false
public addr = 127.0.0.1
auth_allow_insecure_global_id_reclaim = false
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd crush chooseleaf type = 0
mon_max_pg_per_osd = 1000
[mon]
mon data = ${folder}/mon
mon_data_avail_crit = 1
mon_data_avail_warn = 2
[osd]
osd data = ${folder}/osd
osd objectstore = memstore
memstore_device_bytes = 2147483648
osd_memory_target = 939524096
[client]
rgw dns name = localhost
rgw thread pool size = 64
`;
}
