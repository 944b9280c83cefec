/**
 * What the disk says, in the words of accounts.
 *
 * @module
 */
import { AccountError } from "./failure.ts";

/** Turns what the disk threw into an {@linkcode AccountError}; passes those that are one already. */
export function diskFault(action: string, path: string, cause: unknown): AccountError {
  if (cause instanceof AccountError) return cause;
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new AccountError("accounts/disk-full", `Cannot ${action} ${path}: the disk is full`, {
      hint: "Free some space; nothing was changed.",
      cause,
    });
  }
  const state = cause instanceof Deno.errors.PermissionDenied ||
      cause instanceof Deno.errors.NotCapable
    ? "permission denied"
    : cause instanceof Error
    ? cause.message
    : "unknown fault";
  return new AccountError("accounts/io", `Cannot ${action} ${path}: ${state}`, { cause });
}
