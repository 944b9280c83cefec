import { configure, type LogRecord, reset } from "@logtape/logtape";

/** Everything logged while `body` runs, level `trace` and up. */
export async function withLogs(
  body: (records: readonly LogRecord[]) => Promise<void>,
): Promise<void> {
  const records: LogRecord[] = [];
  await configure({
    sinks: { memory: (record) => void records.push(record) },
    loggers: [
      { category: [], sinks: ["memory"], lowestLevel: "trace" },
      { category: ["logtape", "meta"], sinks: [], lowestLevel: "fatal" },
    ],
    reset: true,
  });
  try {
    await body(records);
  } finally {
    await reset();
  }
}

/** A record as one line: its text and everything it carries. */
export function lineOf(record: LogRecord): string {
  const text = record.message.map(String).join("");
  return `${record.level} ${record.category.join("/")}: ${text} ${
    JSON.stringify(record.properties)
  }`;
}
