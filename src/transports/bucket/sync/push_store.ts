/**
 * The state of pushing with its file: opened, or begun anew where it belongs to another history or
 * another device.
 *
 * @module
 */
import { RecordLog } from "../../../record_log.ts";
import type { PushRecord } from "./push_records.ts";
import { PushState } from "./push_state.ts";

/** A state with its file. */
export interface PushStore {
  readonly state: PushState;
  readonly log: RecordLog<PushRecord>;
}

/** Opens the state for a history and a device; begins a new one when it does not fit. */
export async function openPushState(
  path: string,
  of: { readonly epoch: string; readonly device: string },
): Promise<PushStore> {
  const state = new PushState();
  const { log, damaged } = await RecordLog.open(path, state);
  const fits = state.epoch === of.epoch && state.device === of.device;
  if (!damaged && fits) return { state, log };
  return await beginPushState(path, of);
}

/** Forgets what a state's file holds. */
export async function beginPushState(
  path: string,
  of: { readonly epoch: string; readonly device: string },
): Promise<PushStore> {
  await Deno.remove(path).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const state = new PushState(of.epoch, of.device);
  const { log } = await RecordLog.open<PushRecord>(path, state);
  await log.renew();
  return { state, log };
}
