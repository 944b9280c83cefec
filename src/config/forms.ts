/**
 * Kinds of text with a form of their own: names, addresses, origins, secrets.
 *
 * @module
 */
import { isIP } from "node:net";
import { isLoopback } from "./folders.ts";
import { not } from "./kind.ts";
import { type Kind, path, Refused, text } from "./kinds.ts";
import { Secret } from "./secret.ts";

/** A node's name: what a DNS name may be, in lower case. */
export function nodeName(): Kind<string> {
  return text({
    placeholder: "NAME",
    wants: "a name of at most 63 lower-case letters, digits, dots and dashes",
    pattern: /^[a-z0-9](?:[a-z0-9.-]{0,61}[a-z0-9])?$/,
  });
}

/** Labels of letters, digits and dashes; the last one is no number, or it would be an address. */
const HOST_NAME =
  /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*(?!\d+$)[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?$/;

/** A host name or IP address to listen on, without brackets and port; an IPv6 zone may follow. */
export function hostName(): Kind<string> {
  const wants = "an IP address or a host name";
  const kind = text({ placeholder: "ADDRESS", wants, pattern: /^[\w.:%-]{1,253}$/ });
  const parse = (written: string, base: string) => {
    const value = kind.parse(written, base);
    const [address = ""] = value.split("%");
    if (isIP(address) !== 0 || HOST_NAME.test(value)) return value;
    throw new Refused(`"${value}" is not ${wants}`);
  };
  return {
    ...kind,
    parse,
    accept: (value, base) => parse(kind.accept(value, base), base),
  };
}

/** A token issuer: short text without spaces (RFC 7519 section 4.1.1, StringOrURI). */
export function issuer(): Kind<string> {
  return text({
    placeholder: "NAME",
    wants: "1 to 200 printable ASCII characters without spaces",
    pattern: /^[\x21-\x7e]{1,200}$/,
  });
}

/** An IP address, or a network in CIDR notation. */
export function network(): Kind<string> {
  const wants = "an IP address or a network such as 10.0.0.0/8";
  const kind = text({
    placeholder: "NETWORK",
    wants,
    pattern: /^[0-9A-Fa-f:.]{2,45}(?:\/\d{1,3})?$/,
  });
  const parse = (written: string, base: string) => {
    const value = kind.parse(written, base);
    const [address = "", bits] = value.split("/");
    const version = isIP(address);
    const most = version === 4 ? 32 : 128;
    if (version === 0 || Number(bits ?? 0) > most) throw new Refused(`"${value}" is not ${wants}`);
    return value;
  };
  return {
    ...kind,
    parse,
    accept: (value, base) => parse(kind.accept(value, base), base),
  };
}

/** A web origin (RFC 6454) as browsers send it, or `*`. */
export function origin(): Kind<string> {
  const wants = "an origin such as https://chat.example.org, or *";
  const kind = text({ placeholder: "ORIGIN", wants, pattern: /^(?:\*|https?:\/\/[^\s,/?#@]+)$/ });
  const parse = (written: string, base: string) => {
    const value = kind.parse(written, base);
    if (value === "*") return value;
    const url = URL.parse(value);
    if (url === null) throw new Refused(`"${value}" is not ${wants}`);
    return url.origin;
  };
  return {
    ...kind,
    parse,
    accept: (value, base) => parse(kind.accept(value, base), base),
  };
}

/** An OpenID Connect provider: a name that is known, or its issuer's address. */
export function provider(): Kind<string> {
  return text({
    placeholder: "google|microsoft|URL",
    wants: "google, microsoft, or an issuer's address such as https://id.example.org",
    pattern: /^(?:google|microsoft|https?:\/\/[^\s?#@]{1,500})$/,
  });
}

/** A client id (RFC 6749, appendix A.1: visible ASCII). */
export function clientId(): Kind<string> {
  return text({
    placeholder: "ID",
    wants: "1 to 200 printable ASCII characters without spaces",
    pattern: /^[\x21-\x7e]{1,200}$/,
  });
}

/**
 * Where a bucket is: `s3://`, `gs://` and `az://` with a name and perhaps a prefix, `https://` of a
 * container at Azure, or a folder as `file://` or as a path, which becomes absolute. Credentials
 * never stand in it.
 */
export function bucketUrl(): Kind<string> {
  const wants = "a bucket such as s3://name/prefix, or a folder";
  const hint = "Write s3://, gs://, az:// or file://, or the path of a folder.";
  const parse = (written: string, base: string) => {
    if (written === "" || /[\p{C}]/u.test(written)) throw not(written, wants, hint);
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(written)?.[1]?.toLowerCase();
    if (scheme === undefined) return path("folder").parse(written, base);
    // A refused value would be repeated in an error, and this one may hold a secret.
    if (/^[^/?#]*:\/\/[^/?#]*@/.test(written)) {
      throw new Refused("credentials do not belong in it", "Set them in the environment.");
    }
    const [bare = ""] = written.split("?", 1);
    if (scheme === "https" && bare !== written) {
      const how = "Set AZURE_STORAGE_SAS_TOKEN in the environment.";
      throw new Refused("a signature does not belong in it", how);
    }
    if (["s3", "gs", "az", "https", "file"].includes(scheme)) return written;
    throw not(bare, wants, hint);
  };
  return {
    placeholder: "URL",
    wants,
    completes: "folder",
    parse,
    accept(value, base) {
      if (typeof value !== "string") throw not(value, wants, hint);
      return parse(value, base);
    },
    print: (value) => value,
    json: (value) => value,
  };
}

/** A broker of MQTT, without credentials. */
export function brokerUrl(): Kind<string> {
  const wants = "a broker's address such as mqtts://broker.example.com";
  const parse = (written: string) => {
    // A refused value would be repeated in an error, and this one may hold a secret.
    if (/^[^/?#]*:\/\/[^/?#]*@/.test(written)) {
      throw new Refused(
        "credentials do not belong in it",
        "Set sync-notices-user and sync-notices-password.",
      );
    }
    if (/^mqtts?:\/\/[^/?#\s\p{C}]+\/?$/u.test(written)) return written;
    throw not(written, wants, "Write mqtts://host or mqtts://host:port.");
  };
  const accept = (value: unknown) => {
    if (typeof value !== "string") throw not(value, wants);
    return parse(value);
  };
  return { ...text({ placeholder: "URL", wants, pattern: /./ }), parse, accept };
}

/** A word or more without controls, as other programs' names. */
export function plainText(wants: string): Kind<string> {
  return text({ placeholder: "TEXT", wants, pattern: /^[^\p{C}#+]{1,200}$/u });
}

/** Under which address browsers find the node: an origin with https, or on this machine http. */
export function publicOrigin(): Kind<string> {
  const wants = "an address such as https://chat.example.org, without a path";
  const kind = text({ placeholder: "URL", wants, pattern: /^https?:\/\/[^\s,/?#@]+\/?$/ });
  const parse = (written: string, base: string) => {
    const value = kind.parse(written, base);
    const url = URL.parse(value);
    if (url === null) throw new Refused(`"${value}" is not ${wants}`);
    if (url.protocol === "http:" && !isLoopback(url.hostname)) {
      throw new Refused(`"${value}" is not encrypted`, "Only this machine's own may be http.");
    }
    return url.origin;
  };
  return {
    ...kind,
    parse,
    accept: (value, base) => parse(kind.accept(value, base), base),
  };
}

/** A room and how long its messages are kept, milliseconds or for good. */
export interface RoomAge {
  readonly room: string;
  readonly age: number | "off";
}

/** `ROOM=TIME` or `ROOM=off`; the last equals sign counts. */
export function roomAge(age: Kind<number | "off">): Kind<RoomAge> {
  const wants = "a room and a time such as lobby=30d, or lobby=off";
  const kind = text({
    placeholder: "ROOM=TIME",
    wants,
    pattern: /^[^=].{0,300}=[0-9a-z.]{1,20}$/u,
  });
  const parse = (written: string, base: string): RoomAge => {
    const value = kind.parse(written, base);
    const at = value.lastIndexOf("=");
    return { room: value.slice(0, at), age: age.parse(value.slice(at + 1), base) };
  };
  const print = (value: RoomAge) => `${value.room}=${age.print(value.age)}`;
  return {
    ...kind,
    parse,
    accept: (value, base) => parse(kind.accept(value, base), base),
    print,
    json: print,
  };
}

/** A room's name; whether it is one is checked by whoever opens the room. */
export function roomName(): Kind<string> {
  return text({ placeholder: "ROOM", wants: "the name of a room", pattern: /^[^,]{1,240}$/u });
}

/** A secret of at least `least` bytes of UTF-8. It is never quoted and never printed. */
export function secret(least: number): Kind<Secret> {
  const wants = `a secret of at least ${least} bytes`;
  const parse = (written: string) => {
    const length = new TextEncoder().encode(written).length;
    if (length < least) {
      throw new Refused(
        `${length} bytes are too few, at least ${least} are needed`,
        "Make one with: openssl rand -base64 48",
      );
    }
    return new Secret(written);
  };
  return {
    placeholder: "FILE",
    wants,
    completes: "file",
    secret: true,
    parse,
    accept() {
      throw new Refused("a secret does not belong in the settings file");
    },
    print: () => "[secret]",
    json: () => "[secret]",
  };
}
