/**
 * The few statistics that are told: medians and ranges, since a noisy machine makes outliers on one
 * side only and means would carry them.
 *
 * @module
 */

/** Samples in short. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
}

/**
 * The value below which `share` of the samples lie, by linear interpolation.
 *
 * @throws {RangeError} without samples
 */
export function quantile(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new RangeError("there are no samples");
  const sorted = samples.toSorted((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

/** @throws {RangeError} without samples */
export function spread(samples: readonly number[]): Spread {
  return {
    median: quantile(samples, 0.5),
    low: quantile(samples, 0),
    high: quantile(samples, 1),
    count: samples.length,
  };
}

/**
 * The ratios of samples taken side by side: whatever slowed the machine down at a time slowed both.
 *
 * @param samples and `base` as long as each other, in the order in which they were taken
 */
export function ratios(samples: readonly number[], base: readonly number[]): number[] {
  if (samples.length !== base.length) throw new RangeError("the samples are not pairs");
  return samples.map((sample, index) => sample / (base[index] ?? NaN));
}
