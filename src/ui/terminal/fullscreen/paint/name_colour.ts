/**
 * The colour of a name, the same in every program that follows XEP-0392 (Consistent Color
 * Generation, version 1.0): its hue comes from the name alone.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { hsluvToRgb, type Rgb } from "./hsluv.ts";

/** Degrees, 0 to 360, of a name (XEP-0392 section 5.1): an address, or a nickname in a room. */
export function hueOf(name: string): number {
  const hash = createHash("sha1").update(name, "utf8").digest();
  return (hash.readUInt16LE(0) / 65536) * 360;
}

/** @param lightness of HSLuv, 0 to 100; the standard's own is 50 */
export function colourOf(name: string, lightness = 50): Rgb {
  return hsluvToRgb(hueOf(name), 100, lightness);
}

/** The steps of each part of the 256-colour palette's cube. */
const STEPS = [0, 95, 135, 175, 215, 255];

/** The colour of xterm's 6x6x6 cube that is nearest. */
export function cubeIndex([red, green, blue]: Rgb): number {
  const [r, g, b] = [red, green, blue].map((part) => nearestStep(part * 255));
  return 16 + 36 * (r ?? 0) + 6 * (g ?? 0) + (b ?? 0);
}

function nearestStep(value: number): number {
  let best = 0;
  for (const [at, step] of STEPS.entries()) {
    if (Math.abs(step - value) < Math.abs((STEPS[best] ?? 0) - value)) best = at;
  }
  return best;
}
