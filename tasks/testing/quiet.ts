/**
 * Less of what `deno test --parallel` writes: thousands of lines say that a case passed, and hide
 * the one that says which did not.
 *
 * @module
 */

// deno-lint-ignore no-control-regex -- sequences of a terminal begin with Escape
const COLOURS = /\x1b\[[0-9;]*m/g;
/** A case or a step that passed, or the heading of steps. */
const PASSED = / \.\.\.(?: ok \([^)]*\))?$/;
/** Which file a line of a parallel run belongs to. */
const FILE = /^\.\/(\S+) =>/;

/**
 * A filter for lines: each gives what to show for it, or undefined. Of the cases that pass only
 * their file is shown, once; everything else stays as it is.
 */
export function quieted(): (line: string) => string | undefined {
  const seen = new Set<string>();
  return (line) => {
    const plain = line.replace(COLOURS, "");
    if (!PASSED.test(plain)) return line;
    const file = FILE.exec(plain)?.[1];
    if (file === undefined || seen.has(file)) return undefined;
    seen.add(file);
    return file;
  };
}

/** `stream` as whole lines without their ends. */
export async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
