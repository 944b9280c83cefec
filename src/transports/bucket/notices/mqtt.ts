/**
 * Notices over MQTT 3.1.1, with quality of service 0 and nothing retained: they are worth something
 * now or not at all.
 *
 * @module
 */
import { connect, type IClientOptions, type MqttClient } from "mqtt";
import type { Clock } from "../../../clock.ts";
import { ChatnodeError, UsageError } from "../../../errors.ts";
import { visible } from "../../../text.ts";
import type { ConnectNotices, NoticeConnection } from "./contract.ts";

/** Where the broker is, and as whom it is used. */
export interface MqttOptions {
  /** Checked by {@linkcode brokerAddress}. */
  readonly address: URL;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** PEM; the system's when absent. */
  readonly authorities: string | undefined;
  /** Devices tell their heads in `<topic>/heads`. */
  readonly topic: string;
  readonly clock: Clock;
}

/** Until the broker has taken us in, milliseconds. */
const CONNECT_MS = 10_000;
/** What was told last may take so long to leave, milliseconds. */
const LEAVE_MS = 1_000;
/** Seconds between signs of life. */
const KEEP_ALIVE_S = 30;

/**
 * The address of a broker, `mqtts://host[:port]` or `mqtt://`. A password goes over TLS, or stays on
 * this machine.
 *
 * @throws {UsageError} `sync/notices`
 */
export function brokerAddress(text: string, password: string | undefined): URL {
  const url = URL.parse(text);
  if (url === null || !/^mqtts?:$/.test(url.protocol) || url.hostname === "") {
    throw unusable(
      "its address is no mqtts:// or mqtt:// URL",
      "Write mqtts://broker.example.com.",
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw unusable("its address holds credentials", "Set sync-notices-user and -password.");
  }
  const isHere = /^(localhost|127(\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (url.protocol === "mqtt:" && password !== undefined && !isHere) {
    throw unusable("the password would go in the clear", "Use mqtts://.");
  }
  return url;
}

function unusable(state: string, hint: string): UsageError {
  return new UsageError("sync/notices", `Cannot use the broker of notices: ${state}`, { hint });
}

/** Connects to a broker. */
export function mqttNotices(options: MqttOptions): ConnectNotices {
  const topic = `${options.topic}/heads`;
  return async (receive, signal) => {
    const client = connect(options.address.href, settingsOf(options));
    const { promise: gone, resolve } = Promise.withResolvers<void>();
    client.on("close", () => resolve());
    const drop = () => void client.end(true);
    // After a failure the connection is over, whatever it was; without a listener it would throw.
    client.on("error", drop);
    signal.addEventListener("abort", drop, { once: true });
    client.on("message", (on, payload) => on === topic && receive(payload));
    try {
      await listening(client, topic);
    } catch (error) {
      drop();
      await gone;
      throw error;
    } finally {
      // From here on it is ended by who has it, in order.
      signal.removeEventListener("abort", drop);
    }
    return connectionOf(client, topic, gone, options.clock);
  };
}

function connectionOf(
  client: MqttClient,
  topic: string,
  gone: Promise<void>,
  clock: Clock,
): NoticeConnection {
  return {
    gone,
    close: () => {
      const timer = clock.after(LEAVE_MS, () => void client.end(true));
      gone.then(() => timer.cancel());
      client.end(false);
    },
    publish: (payload) => {
      // Without a connection it would wait for one: a late notice says nothing.
      if (client.connected) client.publish(topic, payload, { qos: 0 });
    },
  };
}

function settingsOf({ user, password, authorities }: MqttOptions): IClientOptions {
  return {
    protocolVersion: 4,
    clean: true,
    keepalive: KEEP_ALIVE_S,
    connectTimeout: CONNECT_MS,
    // Coming back is decided by who uses the connection.
    reconnectPeriod: 0,
    queueQoSZero: false,
    resubscribe: false,
    timerVariant: "native",
    // Also when somebody set NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(authorities === undefined ? {} : { ca: authorities }),
  };
}

/** Resolves once the broker has taken our subscription. */
function listening(client: MqttClient, topic: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.once("connect", () => {
    client.subscribe(topic, { qos: 0 }, (error, granted) => {
      const isGranted = granted?.every(({ qos }) => qos < 128) ?? false;
      if (error === null && isGranted) resolve();
      else reject(refused("it does not let us listen", error));
    });
  });
  client.once("error", (error) => reject(refused(reasonOf(error), error)));
  client.once("close", () => reject(refused("it closed the connection")));
  return promise;
}

/** The library's sentences name no secret; what a broker sends is made safe. */
function reasonOf(error: Error & { readonly code?: unknown }): string {
  const code = typeof error.code === "string" ? error.code : undefined;
  return visible(code ?? error.message).slice(0, 200) || "unknown failure";
}

function refused(state: string, cause?: unknown): ChatnodeError {
  return new ChatnodeError("sync/notices", `Cannot use the broker of notices: ${state}`, { cause });
}
