/**
 * A history as it might have grown: words as unevenly frequent as in a language, rooms as unevenly
 * busy as on a server. The same in every run, and any message can be had without those before it.
 *
 * @module
 */

/** One message of the corpus. */
export interface CorpusMessage {
  readonly room: string;
  readonly sender: string;
  /** 4 to 20 words. */
  readonly words: readonly string[];
}

const VOCABULARY = 50_000;
const ROOMS = 100;
const PEOPLE = 500;
const SYLLABLES = [..."bdfgklmnprstvz"].flatMap((consonant) =>
  [..."aeiou"].map((vowel) => consonant + vowel)
);

/** Message number `index`, an integer from 0 on. */
export function corpusMessage(index: number): CorpusMessage {
  const random = randomFrom(index);
  const room = `room${zipf(random(), ROOMS) + 1}`;
  const sender = `person${Math.floor(random() * PEOPLE) + 1}`;
  const count = 4 + Math.floor(random() * 17);
  const words = Array.from({ length: count }, () => word(zipf(random(), VOCABULARY)));
  return { room, sender, words };
}

/** 0 to `count` - 1, the n-th about 1/n as often as the first (Zipf's law). */
function zipf(random: number, count: number): number {
  return Math.min(count - 1, Math.floor(Math.exp(random * Math.log(count + 1)) - 1));
}

/** The word with this rank: two syllables for the 4,900 most frequent, then three. */
function word(rank: number): string {
  let rest = rank;
  let text = "";
  for (let syllable = 0; syllable < 2 || rest > 0; syllable++) {
    text += SYLLABLES[rest % SYLLABLES.length] ?? "";
    rest = Math.floor(rest / SYLLABLES.length);
  }
  return text;
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b9);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
