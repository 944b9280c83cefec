/**
 * Live notices beside a sync, where the settings name a broker.
 *
 * @module
 */
import type { Clock } from "../clock.ts";
import type { Settings } from "../config/schema.ts";
import { UsageError } from "../errors.ts";
import type { FileHistory } from "../history/store.ts";
import { visible } from "../text.ts";
import type { MqttOptions } from "../transports/bucket/notices/mqtt.ts";
import type { Notices } from "../transports/bucket/notices/notices.ts";
import type { SyncWorker } from "../transports/bucket/sync/worker.ts";

/** Whose notices. */
export interface SyncNoticesOptions {
  readonly settings: Settings;
  readonly history: FileHistory;
  readonly sync: SyncWorker;
  readonly clock: Clock;
  /** 0 <= random() < 1, for jitter. */
  readonly random: () => number;
}

/** Broker, user and so on; the topic is given when the bucket is known. */
export type BrokerSettings = Omit<MqttOptions, "topic" | "clock">;

/**
 * What the settings say of a broker, checked; undefined when they name none.
 *
 * @throws {UsageError} `sync/notices`
 */
export async function brokerOf(settings: Settings): Promise<BrokerSettings | undefined> {
  if (settings.syncNotices === undefined) return undefined;
  const { brokerAddress } = await import("../transports/bucket/notices/mqtt.ts");
  const password = settings.syncNoticesPassword?.reveal();
  return {
    address: brokerAddress(settings.syncNotices, password),
    user: settings.syncNoticesUser,
    password,
    authorities: await authoritiesIn(settings.syncNoticesCa),
  };
}

async function authoritiesIn(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  try {
    return await Deno.readTextFile(path);
  } catch (cause) {
    throw new UsageError("sync/notices", `Cannot read ${visible(path)}: the file is not readable`, {
      hint: "sync-notices-ca names a PEM file with the certificates of authorities.",
      cause,
    });
  }
}

/** Begins to tell and to hear. The library is loaded here: most nodes have no broker. */
export async function openNotices(
  broker: BrokerSettings,
  { settings, history, sync, clock, random }: SyncNoticesOptions,
): Promise<Notices> {
  const [{ mqttNotices }, { Notices }, { topicOf }] = await Promise.all([
    import("../transports/bucket/notices/mqtt.ts"),
    import("../transports/bucket/notices/notices.ts"),
    import("../transports/bucket/notices/notice.ts"),
  ]);
  const topic = settings.syncNoticesTopic ?? topicOf(sync.status().bucket);
  const notices = new Notices({
    connect: mqttNotices({ ...broker, topic, clock }),
    device: () => history.parts.device.id,
    wake: () => sync.wake(),
    clock,
    random,
  });
  sync.onPublished((version) => notices.announce(version));
  return notices;
}
