/**
 * Keeps what is not served any more: bytes that are not what was written are copied to
 * `quarantine/`, under a name that says where they were, before anything is done about them.
 *
 * @module
 */
import { join } from "node:path";
import type { Logger } from "../log.ts";
import { replaceFile } from "../files.ts";
import type { Layout } from "./layout.ts";

/** Bytes that are not what was written. */
export interface Fault {
  /** The file, relative to `history/`. */
  readonly file: string;
  /** The first damaged byte's position. */
  readonly byte: number;
  /** What is wrong, for people: `a line's checksum does not fit`. */
  readonly state: string;
}

/** Takes note of faults. */
export interface FaultSink {
  /** Reports a fault of which there is nothing to keep; once. */
  report(fault: Fault): void;
  /** Reports a fault and keeps `bytes`; once. */
  keep(fault: Fault, bytes: Uint8Array): Promise<void>;
}

/** Reports faults without keeping anything, for those who only read. */
export class FaultReports implements FaultSink {
  readonly #logger: Logger;
  readonly #reported = new Set<string>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  report(fault: Fault): void {
    const name = nameOf(fault);
    if (this.#reported.has(name)) return;
    this.#reported.add(name);
    this.#logger.error("{state}: {file} at byte {byte}", { ...fault });
  }

  keep(fault: Fault): Promise<void> {
    this.report(fault);
    return Promise.resolve();
  }
}

/** Where faults are reported and damaged bytes are kept. */
export class Quarantine implements FaultSink {
  readonly #layout: Layout;
  readonly #logger: Logger;
  readonly #reported = new Set<string>();

  constructor(layout: Layout, logger: Logger) {
    this.#layout = layout;
    this.#logger = logger;
  }

  report(fault: Fault): void {
    if (this.#isNew(fault)) this.#logger.error("{state}: {file} at byte {byte}", { ...fault });
  }

  async keep(fault: Fault, bytes: Uint8Array): Promise<void> {
    if (!this.#isNew(fault)) return;
    const name = nameOf(fault);
    this.#logger.error("{state}: {file} at byte {byte}; {bytes} bytes kept in quarantine/{name}", {
      ...fault,
      bytes: bytes.length,
      name,
    });
    await Deno.mkdir(this.#layout.quarantine, { recursive: true, mode: 0o700 });
    await replaceFile(join(this.#layout.quarantine, name), bytes);
  }

  #isNew(fault: Fault): boolean {
    const name = nameOf(fault);
    if (this.#reported.has(name)) return false;
    this.#reported.add(name);
    return true;
  }
}

function nameOf({ file, byte }: Fault): string {
  return `${file.replace(/[^A-Za-z0-9_.@%~-]/g, "+")}+${byte}`;
}
