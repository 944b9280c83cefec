/**
 * How far a file is, told no oftener than somebody wants to know.
 *
 * @module
 */

/**
 * What a transfer tells, in so many steps: the first word of each, and the end.
 *
 * @param told with the part that is done, 0 to 1
 */
export function inSteps(steps: number, told: (done: number) => void): (done: number) => void {
  let last = -1;
  return (done) => {
    const at = done >= 1 ? Infinity : Math.floor(done * steps);
    if (at <= last) return;
    last = at;
    told(done);
  };
}
