import { LIMITS } from "../message/event.ts";
import type { Hub, Session } from "../hub/contract.ts";
import type { Clock } from "../clock.ts";
import { encodeFrame, whoIs } from "./encode.ts";
import { PROTOCOL } from "./frames.ts";
import { PROTOCOL_LIMITS } from "./limits.ts";

/** What this server can do beyond the frames that every server has. */
const FEATURES = ["direct", "search", "markers", "presence", "typing", "commands"] as const;

/** The answer to `hello`. */
export function encodeWelcome(
  context: { readonly hub: Hub; readonly clock: Clock; readonly frameBytes?: number },
  session: Session,
  ref: string | undefined,
): string {
  const { hub, clock, frameBytes = PROTOCOL_LIMITS.frameBytes } = context;
  const { roomsPerSession, resumeEvents, burst, ratePerSecond, textBytes } = hub.limits;
  const { expires } = session.identity;
  return encodeFrame({
    type: "welcome",
    ...(ref === undefined ? {} : { ref }),
    protocol: PROTOCOL,
    node: hub.node,
    you: whoIs(session.identity),
    session: session.id,
    epoch: hub.epoch,
    time: clock.now(),
    durable: hub.durability,
    ...(expires === undefined ? {} : { expires }),
    features: FEATURES,
    limits: {
      frame_bytes: frameBytes,
      body_bytes: Math.min(LIMITS.bodyBytes, textBytes),
      key_bytes: LIMITS.keyBytes,
      rooms: roomsPerSession,
      resume_events: resumeEvents,
      history_events: PROTOCOL_LIMITS.historyEvents,
      search_hits: PROTOCOL_LIMITS.searchHits,
      burst,
      rate_per_second: Number.isFinite(ratePerSecond) ? ratePerSecond : null,
    },
  });
}
