/** A line of the input. */
export type InputLine =
  | { readonly kind: "line"; readonly number: number; readonly text: string }
  | { readonly kind: "bad"; readonly number: number; readonly why: "too-long" | "not-utf8" };

const LF = 10;

/**
 * The lines of an input, without their ends (LF or CRLF); a last one without an end counts. A line
 * of more than `most` bytes is passed over and told.
 */
export async function* inputLines(
  input: { read(buffer: Uint8Array): Promise<number | null> },
  most: number,
): AsyncIterableIterator<InputLine> {
  const buffer = new Uint8Array(64 * 1024);
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 1;
  for (;;) {
    const count = await input.read(buffer);
    let rest = buffer.subarray(0, count ?? 0);
    for (let at = rest.indexOf(LF); at >= 0; at = rest.indexOf(LF)) {
      keep(rest.subarray(0, at));
      yield line();
      rest = rest.subarray(at + 1);
    }
    keep(rest);
    if (count !== null) continue;
    if (length > 0) yield line();
    return;
  }

  function keep(bytes: Uint8Array): void {
    length += bytes.length;
    if (length <= most + 1) parts.push(bytes.slice());
    else parts = [];
  }

  function line(): InputLine {
    const bytes = joined(parts);
    const isLong = length > most + 1;
    const own = number++;
    parts = [];
    length = 0;
    if (isLong) return { kind: "bad", number: own, why: "too-long" };
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes).replace(/\r$/, "");
      return { kind: "line", number: own, text };
    } catch {
      return { kind: "bad", number: own, why: "not-utf8" };
    }
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
