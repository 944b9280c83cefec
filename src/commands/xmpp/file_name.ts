/**
 * Names for files that somebody else has named: one part of a path, visible as what it is.
 *
 * @module
 */

const BYTES_MOST = 200;
const ENDING_MOST = 20;
/** What folders, drives, streams and shells see in a name, on whatever system it is copied to. */
const MEANT = /[<>:"|?*]/g;
/** Names of devices on Windows, with whatever ending. */
const DEVICES = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)/i;

/**
 * A name for a file of ours out of what somebody says it is called: the last part of its path,
 * without controls, bidirectional and other invisible characters, neither hidden nor an option nor a
 * device, at most 200 bytes long, never empty.
 */
export function safeFileName(said: string): string {
  const last = said.toWellFormed().normalize("NFC").split(/[/\\]/).at(-1) ?? "";
  const plain = last.replace(/[\p{C}\p{Zl}\p{Zp}\ufffd]/gu, "").replace(/\p{Zs}/gu, " ")
    .replace(MEANT, "_");
  const bare = plain.replace(/^[. ]+/, "").replace(/[. ]+$/, "").replace(/^-/, "_");
  if (bare === "") return "file";
  return shortened(DEVICES.test(bare) ? `_${bare}` : bare);
}

/** The nth name for a file when those before are taken: `notes (2).txt`. */
export function numbered(name: string, number: number): string {
  if (number < 2) return name;
  const { stem, ending } = parted(name);
  return `${stem} (${number})${ending}`;
}

/** At most so many bytes, with its ending. */
function shortened(name: string): string {
  const { stem, ending } = parted(name);
  const most = BYTES_MOST - bytesOf(ending);
  let kept = "";
  let used = 0;
  for (const character of stem) {
    used += bytesOf(character);
    if (used > most) break;
    kept += character;
  }
  return `${kept.trimEnd()}${ending}`;
}

function parted(name: string): { readonly stem: string; readonly ending: string } {
  const dot = name.lastIndexOf(".");
  const hasEnding = dot > 0 && name.length - dot <= ENDING_MOST;
  return hasEnding
    ? { stem: name.slice(0, dot), ending: name.slice(dot) }
    : { stem: name, ending: "" };
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
