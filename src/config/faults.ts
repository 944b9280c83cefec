/**
 * Settings that cannot be used. All faults are gathered, so that one run shows every one.
 *
 * @module
 */
import { ChatnodeError } from "../errors.ts";

/** One thing that is wrong. */
export interface Fault {
  /** `Cannot <action> <what>: <state>`, without a full stop. */
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
}

/** Thrown with at least one fault; `message` is the first. The code is `config/invalid`. */
export class SettingsError extends ChatnodeError {
  override readonly name = "SettingsError";
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const [first] = faults;
    const hint = first?.hint;
    super(
      "config/invalid",
      first?.message ?? "Cannot use the settings: something is wrong",
      hint === undefined ? {} : { hint },
    );
    this.faults = faults;
  }
}

/** A fault with or without a hint. */
export function fault(message: string, hint?: string): Fault {
  return hint === undefined ? { message } : { message, hint };
}
