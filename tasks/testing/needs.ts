/**
 * What suites need beyond Deno and the npm dependencies: programs of the system, and the Debian
 * packages that hold them.
 *
 * @module
 */
import { join } from "node:path";
import { capture, lastLines } from "../program.ts";

/** One program that a suite cannot do without. */
export interface Need {
  /** A test file, or a folder with a slash at the end. */
  readonly suite: string;
  /** Its name, or the absolute path of something that is no program. */
  readonly program: string;
  /** The Debian package that holds it. */
  readonly from: string;
}

/** Ceph brings a real S3 server; 64 MB to download. */
const RADOSGW = "tests/transports/bucket/stores/s3/radosgw_test.ts";

/** Debian's Python with its module for Ed25519; other Pythons do not find it. */
const CRYPTOGRAPHY = "/usr/lib/python3/dist-packages/cryptography/__init__.py";

/** The same of the library that speaks XMPP. */
const SLIXMPP = "/usr/lib/python3/dist-packages/slixmpp/__init__.py";

/** The table. A suite that is not here needs nothing. */
export const NEEDS: readonly Need[] = [
  { suite: "tests/packaging/", program: "gzip", from: "gzip" },
  { suite: "tests/packaging/", program: "tar", from: "tar" },
  { suite: "tests/packaging/", program: "flock", from: "util-linux" },
  { suite: "tests/packaging/", program: "setpriv", from: "util-linux" },
  { suite: "tests/packaging/", program: "setsid", from: "util-linux" },
  { suite: "tests/packaging/", program: "unshare", from: "util-linux" },
  { suite: "tests/packaging/", program: "kill", from: "procps" },
  { suite: "tests/tasks/archive_test.ts", program: "tar", from: "tar" },
  { suite: "tests/history/faults_test.ts", program: "mount", from: "mount" },
  { suite: "tests/process/full_disk_test.ts", program: "mount", from: "mount" },
  { suite: "tests/process/sync_full_disk_test.ts", program: "mount", from: "mount" },
  { suite: "tests/accounts/store_test.ts", program: "bash", from: "bash" },
  { suite: "tests/commands/completions_test.ts", program: "bash", from: "bash" },
  { suite: "tests/commands/process_test.ts", program: "bash", from: "bash" },
  { suite: "tests/commands/process_test.ts", program: "script", from: "bsdutils" },
  { suite: "tests/transports/tcp/", program: "python3", from: "python3" },
  { suite: "tests/transports/bucket/stores/azure/", program: "node", from: "nodejs" },
  { suite: "tests/transports/bucket/stores/azure/", program: "npm", from: "npm" },
  { suite: "tests/process/relay_test.ts", program: "python3", from: "python3" },
  { suite: "tests/process/client_test.ts", program: "python3", from: "python3" },
  { suite: "tests/process/client_test.ts", program: "script", from: "bsdutils" },
  { suite: "tests/process/fullscreen_test.ts", program: "tmux", from: "tmux" },
  { suite: "tests/process/fullscreen_test.ts", program: "bash", from: "bash" },
  { suite: "tests/process/fullscreen_test.ts", program: "python3", from: "python3" },
  { suite: "tests/ui/terminal/session_test.ts", program: "python3", from: "python3" },
  { suite: "tests/interop/bucket/", program: "/usr/bin/python3", from: "python3" },
  { suite: "tests/interop/bucket/", program: CRYPTOGRAPHY, from: "python3-cryptography" },
  { suite: "tests/interop/mqtt/", program: "mosquitto", from: "mosquitto" },
  { suite: "tests/interop/mqtt/", program: "mosquitto_passwd", from: "mosquitto" },
  { suite: "tests/readme_test.ts", program: "bash", from: "bash" },
  { suite: "tests/readme_test.ts", program: "curl", from: "curl" },
  { suite: "tests/interop/xmpp/", program: "prosody", from: "prosody" },
  {
    suite: "tests/interop/xmpp/",
    program: "/usr/lib/prosody/modules/mod_sasl2",
    from: "prosody-modules",
  },
  { suite: "tests/interop/xmpp/", program: "ejabberdctl", from: "ejabberd" },
  { suite: "tests/interop/xmpp/", program: "openssl", from: "openssl" },
  { suite: "tests/interop/xmpp/", program: "tmux", from: "tmux" },
  { suite: "tests/interop/xmpp/peers_test.ts", program: "profanity", from: "profanity" },
  { suite: "tests/interop/xmpp/peers_test.ts", program: SLIXMPP, from: "python3-slixmpp" },
  ...cephFor(RADOSGW),
  ...cephFor("tests/process/sync_s3_test.ts"),
  ...cephFor("tests/process/sync_clocks_test.ts"),
  { suite: "tests/process/sync_clocks_test.ts", program: "faketime", from: "faketime" },
  {
    suite: "tests/transports/bucket/stores/local/mounted_test.ts",
    program: "sshfs",
    from: "sshfs",
  },
  {
    suite: "tests/transports/bucket/stores/local/mounted_test.ts",
    program: "socat",
    from: "socat",
  },
  {
    suite: "tests/transports/bucket/stores/local/mounted_test.ts",
    program: "/usr/lib/openssh/sftp-server",
    from: "openssh-sftp-server",
  },
  { suite: "tests/transports/bucket/stores/local/faults_test.ts", program: "mount", from: "mount" },
];

/** What a gateway of Ceph takes. */
function cephFor(suite: string): Need[] {
  return [
    { suite, program: "radosgw", from: "radosgw" },
    { suite, program: "ceph-mon", from: "ceph-mon" },
    { suite, program: "ceph-osd", from: "ceph-osd" },
    { suite, program: "ceph", from: "ceph-common" },
  ];
}

/** The needs among `needs` that this machine does not meet. */
export async function unmet(needs: readonly Need[]): Promise<Need[]> {
  const there = await Promise.all(needs.map(({ program }) => isInstalled(program)));
  return needs.filter((_, index) => !there[index]);
}

async function isInstalled(program: string): Promise<boolean> {
  if (program.startsWith("/")) return await Deno.stat(program).then(() => true, () => false);
  const folders = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`.split(":");
  for (const folder of folders.filter((each) => each !== "")) {
    try {
      const { isFile, mode } = await Deno.stat(join(folder, program));
      if (isFile && ((mode ?? 0) & 0o111) !== 0) return true;
    } catch {
      // Not in this folder.
    }
  }
  return false;
}

/** The packages that `needs` come from, each once. */
export function packagesOf(needs: readonly Need[]): string[] {
  return [...new Set(needs.map(({ from }) => from))].sort();
}

/** The command line that installs `packages` on Debian, for people. */
export function installLine(packages: readonly string[]): string {
  return `sudo apt-get update && sudo apt-get install -y ${packages.join(" ")}`;
}

/** Installs packages with apt, as root; resolves with the reason when that fails. */
export async function aptInstall(packages: readonly string[]): Promise<string | undefined> {
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // Another apt may be at work: wait for its lock, for two minutes at most.
  const common = ["-q", "-o", "DPkg::Lock::Timeout=120"];
  const install = [...common, "install", "-y", "--no-install-recommends", ...packages];
  for (const args of [[...common, "update"], install]) {
    const { code, stderr } = await capture("apt-get", args, { env });
    if (code !== 0) return `apt-get failed: ${lastLines(stderr, 2)}`;
  }
  return undefined;
}
