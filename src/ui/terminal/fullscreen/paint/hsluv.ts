/**
 * HSLuv: colours of one lightness look equally light to people, whatever their hue. As of revision 4
 * of the definition at hsluv.org; the constants are those of sRGB with the D65 white point.
 *
 * @module
 */

/** Each from 0 to 1. */
export type Rgb = readonly [red: number, green: number, blue: number];

/** From XYZ to linear sRGB, row by row. */
const MATRIX = [
  [3.240969941904521, -1.537383177570093, -0.498610760293],
  [-0.96924363628087, 1.87596750150772, 0.041555057407175],
  [0.055630079696993, -0.20397695888897, 1.056971514242878],
] as const;
const WHITE_U = 0.19783000664283;
const WHITE_V = 0.46831999493879;
const KAPPA = 903.2962962;
const EPSILON = 0.0088564516;

/** @param hue degrees @param saturation 0 to 100 @param lightness 0 to 100 */
export function hsluvToRgb(hue: number, saturation: number, lightness: number): Rgb {
  if (lightness > 99.9999999) return [1, 1, 1];
  if (lightness < 0.00000001) return [0, 0, 0];
  const radians = (hue / 180) * Math.PI;
  const chroma = (mostChroma(lightness, radians) / 100) * saturation;
  return luvToRgb(lightness, Math.cos(radians) * chroma, Math.sin(radians) * chroma);
}

/** The largest chroma that sRGB has for a lightness and a hue. */
function mostChroma(lightness: number, radians: number): number {
  const sub1 = (lightness + 16) ** 3 / 1560896;
  const sub2 = sub1 > EPSILON ? sub1 : lightness / KAPPA;
  let least = Infinity;
  for (const [m1, m2, m3] of MATRIX) {
    for (const edge of [0, 1]) {
      const top1 = (284517 * m1 - 94839 * m3) * sub2;
      const top2 = (838422 * m3 + 769860 * m2 + 731718 * m1) * lightness * sub2 -
        769860 * edge * lightness;
      const bottom = (632260 * m3 - 126452 * m2) * sub2 + 126452 * edge;
      const length = (top2 / bottom) / (Math.sin(radians) - (top1 / bottom) * Math.cos(radians));
      if (length >= 0 && length < least) least = length;
    }
  }
  return least;
}

function luvToRgb(lightness: number, u: number, v: number): Rgb {
  const varU = u / (13 * lightness) + WHITE_U;
  const varV = v / (13 * lightness) + WHITE_V;
  const y = lightness > 8 ? ((lightness + 16) / 116) ** 3 : lightness / KAPPA;
  const x = 0 - (9 * y * varU) / ((varU - 4) * varV - varU * varV);
  const z = (9 * y - 15 * varV * y - varV * x) / (3 * varV);
  const [red, green, blue] = MATRIX.map(([m1, m2, m3]) => gamma(m1 * x + m2 * y + m3 * z));
  return [red ?? 0, green ?? 0, blue ?? 0];
}

function gamma(linear: number): number {
  const value = linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055;
  return Math.min(1, Math.max(0, value));
}
