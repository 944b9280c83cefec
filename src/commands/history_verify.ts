/**
 * `chatnode history verify`.
 *
 * @module
 */
import { boolean } from "../config/kinds.ts";
import { HistoryError } from "../history/errors.ts";
import { verifyCatalogOnly, verifyHistory } from "../history/verify.ts";
import type { VerifyFault, VerifyReport } from "../history/verify_report.ts";
import { visible } from "../text.ts";
import { action, option } from "./command.ts";
import { roomFlag } from "./history_options.ts";
import type { Io } from "./io.ts";
import { table } from "./output.ts";
import { progress } from "./progress.ts";

export const verifyAction = action({
  name: "verify",
  summary: "Check every line, signature and chain",
  reads: "history",
  description:
    "Names the file and the line of everything that is not as it was written; exit code " +
    "1 when there is anything. Changes nothing and may run beside the server. What this node has " +
    "said last is still in the journal: it has a checksum and no signature yet.",
  options: {
    room: roomFlag,
    json: option(boolean(), "Print it as JSON.", false),
  },
  async run({ io, settings, options: { room, json }, signal }) {
    const report = await verify(io, settings.data, room, signal);
    if (json) await io.stdout.write(`${JSON.stringify(valueOf(report), null, 2)}\n`);
    else await io.stdout.write(textOf(report));
    return report.faultCount === 0 ? 0 : 1;
  },
});

async function verify(
  { stderr, clock }: Io,
  dir: string,
  room: string | undefined,
  signal: AbortSignal,
): Promise<VerifyReport> {
  let shown: ReturnType<typeof progress> | undefined;
  try {
    return await verifyHistory({
      dir,
      clock,
      ...(room === undefined ? {} : { room }),
      onProgress: (done, total) => {
        signal.throwIfAborted();
        shown ??= progress({ label: "Verifying", total, unit: "bytes", output: stderr, clock });
        shown.update(done);
      },
    });
  } catch (error) {
    if (!(error instanceof HistoryError) || error.code !== "history/corrupt") throw error;
    // The catalog itself is damaged: name its lines at least, and what to do.
    const report = await verifyCatalogOnly(dir);
    if (report.faultCount === 0) throw error;
    await stderr.write(`${error.message}.\n${error.hint ?? ""}.\n`);
    return report;
  } finally {
    await shown?.finish();
  }
}

function valueOf(report: VerifyReport) {
  const { rooms, segments, journals, events, verified, unsealed, unknownSigner } = report;
  const { faultCount, faults } = report;
  const counts = { rooms, segments, journals, events, verified, unsealed, unknownSigner };
  return { ok: faultCount === 0, ...counts, faultCount, faults };
}

function textOf(report: VerifyReport): string {
  const facts = table([
    ["rooms", String(report.rooms)],
    ["events", String(report.events)],
    ["signatures verified", String(report.verified)],
    ["not signed yet", String(report.unsealed)],
    ["signer unknown", String(report.unknownSigner)],
    ["faults", String(report.faultCount)],
  ], { right: [1] });
  const more = report.faultCount - report.faults.length;
  const rest = more > 0 ? `and ${more} more\n` : "";
  return report.faults.map(lineOf).join("") + rest + (report.faultCount > 0 ? "\n" : "") + facts;
}

function lineOf({ file, line, state }: VerifyFault): string {
  return `${visible(file)}${line === undefined ? "" : `:${line}`}: ${visible(state)}\n`;
}
