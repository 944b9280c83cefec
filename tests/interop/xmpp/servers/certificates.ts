/**
 * Certificates of one run: an authority of its own, and what real servers get wrong.
 *
 * @module
 */
import { join } from "node:path";

/** The hosts that the good certificate is for; `*.localhost` besides. */
export const GOOD_HOSTS: readonly string[] = [
  "localhost",
  "sha256.test",
  "anon.test",
  "notls.test",
  "opttls.test",
  "sasl2.test",
  "external.test",
  "md5.test",
];

/** A folder of PEM files: `<name>.crt`, `<name>.chain.crt`, `<name>.key`, `<name>.pem`. */
export interface Certificates {
  readonly folder: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  readonly caFile: string;
  /** SHA-256 of a certificate, as `AA:BB:...`. */
  fingerprint(name: "good" | "selfsigned" | "expired" | "wrongname"): Promise<string>;
}

/**
 * Makes an authority and the certificates good, expired, wrongname (of it), selfsigned, and a client's
 * for alice@external.test.
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  await Deno.mkdir(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  await selfSigned(folder, "ca", "/CN=chatnode test authority", [
    "basicConstraints=critical,CA:TRUE",
    "keyUsage=critical,keyCertSign,cRLSign",
  ]);
  const good = [...GOOD_HOSTS, "*.localhost"].map((host) => `DNS:${host}`).join(",");
  await leaf(folder, "good", `${good},IP:127.0.0.1`);
  await leaf(folder, "wrongname", "DNS:somebody-else.example");
  await leaf(folder, "expired", "DNS:expired.test", ["20200101000000Z", "20200201000000Z"]);
  // id-on-xmppAddr, RFC 6120, 13.7.1.4.
  await leaf(folder, "alice", "otherName:1.3.6.1.5.5.7.8.5;UTF8:alice@external.test");
  await selfSigned(folder, "selfsigned", "/CN=selfsigned.test", [
    "subjectAltName=DNS:selfsigned.test",
  ]);
  await Deno.copyFile(at("selfsigned.crt"), at("selfsigned.chain.crt"));
  return {
    folder,
    caFile: at("ca.crt"),
    ca: await Deno.readTextFile(at("ca.crt")),
    async fingerprint(name) {
      const args = ["x509", "-in", at(`${name}.crt`), "-noout", "-fingerprint", "-sha256"];
      return (await openssl(args)).trim().split("=")[1] ?? "";
    },
  };
}

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

async function selfSigned(
  folder: string,
  name: string,
  subject: string,
  extensions: readonly string[],
): Promise<void> {
  const at = (end: string): string => join(folder, `${name}.${end}`);
  await openssl([
    ...["req", "-x509", ...KEY, "-days", "3650", "-subj", subject],
    ...["-keyout", at("key"), "-out", at("crt")],
    ...extensions.flatMap((extension) => ["-addext", extension]),
  ]);
}

/** Signed by the authority; valid for two years unless `between` says from and until when. */
async function leaf(
  folder: string,
  name: string,
  alternativeNames: string,
  between?: readonly [string, string],
): Promise<void> {
  const at = (end: string): string => join(folder, `${name}.${end}`);
  await openssl(["req", ...KEY, "-subj", `/CN=${name}`, "-keyout", at("key"), "-out", at("csr")]);
  await Deno.writeTextFile(
    at("ext"),
    `subjectAltName=${alternativeNames}\nbasicConstraints=CA:FALSE\n` +
      "extendedKeyUsage=serverAuth,clientAuth\n",
  );
  await openssl([...await signing(folder, between), "-in", at("csr"), "-extfile", at("ext")].concat(
    ["-out", at("crt")],
  ));
  const authority = await Deno.readTextFile(join(folder, "ca.crt"));
  const chain = await Deno.readTextFile(at("crt")) + authority;
  await Deno.writeTextFile(at("chain.crt"), chain);
  await Deno.writeTextFile(at("pem"), chain + await Deno.readTextFile(at("key")));
}

async function signing(folder: string, between?: readonly [string, string]): Promise<string[]> {
  const authority = join(folder, "ca");
  if (between === undefined) {
    const serial = `0x${crypto.randomUUID().replaceAll("-", "")}`;
    const ca = ["-CA", `${authority}.crt`, "-CAkey", `${authority}.key`];
    return ["x509", "-req", ...ca, "-set_serial", serial, "-days", "730", "-sha256"];
  }
  // Dates in the past are what `openssl ca` alone can give.
  const base = join(folder, "authority");
  await Deno.writeTextFile(`${base}.index`, "");
  await Deno.writeTextFile(`${base}.serial`, "1001\n");
  await Deno.writeTextFile(
    `${base}.cnf`,
    `[ca]\ndefault_ca=d\n[d]\ndatabase=${base}.index\nserial=${base}.serial\n` +
      `new_certs_dir=${folder}\ndefault_md=sha256\npolicy=p\nprivate_key=${authority}.key\n` +
      `certificate=${authority}.crt\nunique_subject=no\n[p]\ncommonName=supplied\n`,
  );
  const dates = ["-startdate", between[0], "-enddate", between[1]];
  return ["ca", "-batch", "-notext", "-config", `${base}.cnf`, ...dates];
}

async function openssl(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("openssl", { args: [...args] })
    .output();
  const text = new TextDecoder();
  if (!success) throw new Error(`openssl ${args[0]} failed: ${text.decode(stderr)}`);
  return text.decode(stdout);
}
