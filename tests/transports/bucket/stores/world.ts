/** What tests open buckets with. */
import { systemClock } from "../../../../src/clock.ts";
import type { World } from "../../../../src/transports/bucket/stores/world.ts";
import { PATIENCE } from "../../../../src/transports/bucket/stores/patience.ts";

/** A world with its own environment and files, and short pauses. */
export function world(more: Partial<World> = {}): World {
  return {
    clock: systemClock,
    random: Math.random,
    uuid: () => crypto.randomUUID(),
    fetch,
    environment: {},
    cwd: "/",
    readFile: () => Promise.resolve(undefined),
    patience: { ...PATIENCE, pause: 5, longestPause: 20 },
    ...more,
  };
}

/** `readFile` of files that are only named. */
export function files(contents: Readonly<Record<string, string>>): World["readFile"] {
  return (path) => Promise.resolve(contents[path]);
}
