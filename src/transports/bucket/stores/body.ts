/**
 * Bodies of answers that are not trusted to be what was announced.
 *
 * @module
 */
import { BucketError } from "./errors.ts";
import type { Call } from "./call.ts";

/** A checksum that runs along. */
export interface BodyCheck {
  update(bytes: Uint8Array): void;
  /** What is wrong, once all bytes have been seen: completes "Cannot ...: ". */
  fault(): string | undefined;
}

/** The length that a `Content-Length` announces. */
export function announcedLength(headers: Headers): number | undefined {
  const value = headers.get("content-length") ?? "";
  return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

/** @throws {BucketError} `bucket/corrupt` over `maxBytes`, or when it is not as long as announced */
export async function wholeBody(
  what: string,
  response: Response,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the body.
    if (size > maxBytes) throw corrupt(what, `the answer is longer than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  const announced = announcedLength(response.headers);
  if (response.body !== null && announced !== undefined && announced !== size) {
    throw corrupt(what, `${size} bytes came where ${announced} were announced`);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** What {@linkcode checkedBody} needs. */
export interface CheckedBody {
  readonly call: Call;
  readonly source: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Bytes that have to come. */
  readonly size: number;
  readonly check?: BodyCheck | undefined;
  /** Begins the bound of one read; the result ends it. */
  readonly startStall: () => () => void;
  /** Called once, when the body is over in whatever way. */
  readonly onOver?: () => void;
}

/**
 * `source` for the caller to read: errors with a `BucketError` when it breaks, stalls, or is not
 * what was announced. Takes over the call and disposes of it at its end.
 */
export function checkedBody(parts: CheckedBody): ReadableStream<Uint8Array<ArrayBuffer>> {
  const { call, source, size, check } = parts;
  const reader = source.getReader();
  let seen = 0;
  const over = () => {
    call.signal.removeEventListener("abort", onEnd);
    parts.onOver?.();
    call[Symbol.dispose]();
  };
  const fail = (error: unknown): unknown => {
    over();
    // Ends the connection where it is still open; what it says to that is of no use.
    reader.cancel(error).catch(() => undefined);
    return error;
  };
  // Nobody may be reading when the call ends: what the source holds is freed all the same.
  const onEnd = () => void fail(call.signal.reason);
  call.signal.addEventListener("abort", onEnd, { once: true });
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const endStall = parts.startStall();
      let next: ReadableStreamReadResult<Uint8Array<ArrayBuffer>>;
      try {
        next = await call.orEnd(reader.read());
      } catch (error) {
        throw fail(call.reason(broken(call.what, error)));
      } finally {
        endStall();
      }
      if (next.done) {
        const fault = seen !== size
          ? `${seen} bytes came where ${size} were announced`
          : check?.fault();
        if (fault !== undefined) throw fail(corrupt(call.what, fault));
        over();
        controller.close();
        return;
      }
      seen += next.value.length;
      if (seen > size) throw fail(corrupt(call.what, `more than the announced ${size} bytes came`));
      check?.update(next.value);
      controller.enqueue(next.value);
    },
    async cancel(reason) {
      over();
      await reader.cancel(reason).catch(() => undefined);
    },
  }, { highWaterMark: 0 });
}

function corrupt(what: string, state: string): BucketError {
  return new BucketError("bucket/corrupt", `Cannot ${what}: ${state}`);
}

function broken(what: string, error: unknown): BucketError {
  if (error instanceof BucketError) return error;
  return new BucketError("bucket/unavailable", `Cannot ${what}: the connection broke`);
}
