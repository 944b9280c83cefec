/**
 * Texts of 120 bytes, as `load/texts.c` says them.
 *
 * @module
 */

const WORDS =
  "again answer autumn before bridge candle carry cloud coffee corner dinner door early " +
  "evening everyone field finally forest friend garden ginger harbour hello house island journey " +
  "kitchen ladder lantern letter little maybe meeting message minute morning music never night " +
  "nothing orange paper people picture please quiet rain reading river room second silver somebody " +
  "station story summer table thanks tomorrow train under window winter yesterday";
/** Each begins somewhere else. */
const TAILS = WORDS.split(" ").map((_, index, words) =>
  [...words.slice(index), ...words.slice(0, index)].join(" ").slice(0, 109)
);

/** A text of 120 bytes with its number in front. */
export function textNumbered(number: number): string {
  return `${String(number).padStart(10, "0")} ${TAILS[number % TAILS.length]}`;
}
