/**
 * Names as file names: reversible, and never a path. Room ids and addresses come from strangers;
 * nothing of them reaches a file system but through {@linkcode encodeFileName}.
 *
 * Two forms, told apart by their first characters:
 * - **percent**: `A-Z a-z 0-9 _ . @ -` stand for themselves, every other byte of the UTF-8 is
 *   `%xx` in lower case, and so is a dot at the start;
 * - **packed**: `%u` and the unpadded base64url of the UTF-8, for names whose percent form would
 *   pass {@linkcode LIMITS}.nameBytes. It lets two long names in Cyrillic or Chinese share a direct
 *   conversation.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { LIMITS } from "./event.ts";
import { MessageError } from "./error.ts";

const PLAIN = /^[A-Za-z0-9_@-][A-Za-z0-9_.@-]*$/;
const PACKED = "%u";
const utf8 = new TextEncoder();
const utf8Reader = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `%00` to `%ff`, or the character itself where it may stand. */
const BYTES: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return /[A-Za-z0-9_.@-]/.test(character) ? character : `%${byte.toString(16).padStart(2, "0")}`;
});

/**
 * The file name of a room id or an address: at most `LIMITS.nameBytes` characters of
 * `[A-Za-z0-9_.@%-]`, never empty, never starting with a dot. Different names give different file
 * names.
 *
 * @throws {MessageError} `address/empty`; `address/too-long`; `address/not-unicode` for a lone
 *   surrogate
 */
export function encodeFileName(name: string): string {
  if (name.length <= LIMITS.nameBytes && PLAIN.test(name)) return name;
  if (name === "") throw new MessageError("address/empty", "Cannot use the name: it is empty");
  // Every UTF-16 unit takes at least one byte: bounds the work before it is done.
  if (name.length > LIMITS.nameBytes) throw tooLong();
  if (!name.isWellFormed()) {
    throw new MessageError(
      "address/not-unicode",
      "Cannot use the name: it is not well-formed Unicode",
    );
  }
  const bytes = utf8.encode(name);
  const encoded = percent(bytes);
  if (encoded.length <= LIMITS.nameBytes) return encoded;
  const packed = PACKED + Buffer.from(bytes).toString("base64url");
  if (packed.length > LIMITS.nameBytes) throw tooLong();
  return packed;
}

/**
 * The name of a file name, the exact reverse of {@linkcode encodeFileName}.
 *
 * @throws {MessageError} `address/file-name` for anything that `encodeFileName` never returns
 */
export function decodeFileName(fileName: string): string {
  if (fileName.length <= LIMITS.nameBytes) {
    const name = fileName.startsWith(PACKED) ? unpack(fileName) : unescape(fileName);
    if (name !== undefined && isEncoding(fileName, name)) return name;
  }
  throw new MessageError(
    "address/file-name",
    "Cannot read the file name as a name: it is not in the form that chatnode writes",
  );
}

function percent(bytes: Uint8Array): string {
  let encoded = bytes[0] === 0x2e ? "%2e" : BYTES[bytes[0] ?? 0] ?? "";
  for (let at = 1; at < bytes.length; at++) encoded += BYTES[bytes[at] ?? 0];
  return encoded;
}

function unpack(fileName: string): string | undefined {
  return decodeUtf8(Buffer.from(fileName.slice(PACKED.length), "base64url"));
}

function unescape(fileName: string): string | undefined {
  if (!/^(?:[A-Za-z0-9_.@-]|%[0-9a-f]{2})+$/.test(fileName)) return undefined;
  const bytes: number[] = [];
  for (let at = 0; at < fileName.length; at++) {
    if (fileName[at] === "%") {
      bytes.push(Number.parseInt(fileName.slice(at + 1, at + 3), 16));
      at += 2;
    } else bytes.push(fileName.charCodeAt(at));
  }
  return decodeUtf8(Uint8Array.from(bytes));
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8Reader.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Decoding is lenient in many small ways; only what encodes to the same again is canonical. */
function isEncoding(fileName: string, name: string): boolean {
  try {
    return encodeFileName(name) === fileName;
  } catch {
    return false;
  }
}

function tooLong(): MessageError {
  return new MessageError(
    "address/too-long",
    `Cannot use the name: it takes more than ${LIMITS.nameBytes} bytes as a file name`,
  );
}
