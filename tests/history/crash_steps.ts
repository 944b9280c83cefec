/**
 * Kills the process before its n-th change to the file system, counted on this thread.
 */
export function killAtStep(step: number): void {
  let count = 0;
  const counted = <Args extends unknown[], Result>(action: (...args: Args) => Result) => {
    return (...args: Args): Result => {
      if (++count === step) Deno.kill(Deno.pid, "SIGKILL");
      return action(...args);
    };
  };
  Object.assign(Deno, {
    open: counted(Deno.open),
    rename: counted(Deno.rename),
    remove: counted(Deno.remove),
    mkdir: counted(Deno.mkdir),
  });
}
