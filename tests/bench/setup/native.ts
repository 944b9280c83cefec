/**
 * The benchmark's own programs in C.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { capture, lastLines } from "../../../tasks/program.ts";
import { step } from "../../../tasks/steps.ts";
import { Unavailable } from "./unavailable.ts";

const BENCH = join(import.meta.dirname ?? ".", "..");
const LOAD = [
  "bytes.c",
  "connection.c",
  "dialect.c",
  "fail.c",
  "frames.c",
  "latencies.c",
  "process.c",
  "program.c",
  "texts.c",
  "websocket.c",
  ...["alonechat", "broadcast", "chatnode", "http", "lines", "mqtt", "nats", "original", "socketio"]
    .map((name) => `dialects/${name}.c`),
].map((name) => `load/${name}`);

const SOURCES = {
  fanout: ["load/fanout.c", ...LOAD],
  requests: ["load/requests.c", ...LOAD],
  floor: ["peers/floor.c"],
  raw_appends: [
    "appends/raw.c",
    "load/bytes.c",
    "load/fail.c",
    "load/latencies.c",
    "load/process.c",
  ],
} as const;

/** A program of the benchmark's own. */
export type NativeProgram = keyof typeof SOURCES;

const FLAGS = ["-O2", "-std=gnu11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror"];

/**
 * Compiles a program into `folder` unless it lies there, made of these sources; its path.
 *
 * @throws {Unavailable} when the compiler fails
 */
export async function compileProgram(name: NativeProgram, folder: string): Promise<string> {
  const sources = SOURCES[name].map((source) => join(BENCH, source));
  const output = join(folder, `${name}-${await digest(sources)}`);
  if (await Deno.stat(output).then(() => true, () => false)) return output;
  await Deno.mkdir(folder, { recursive: true });
  await step(`Compiling ${name}`, async () => {
    const { code, stderr } = await capture("gcc", [...FLAGS, "-o", output, ...sources]);
    if (code !== 0) throw new Unavailable(`gcc cannot compile ${name}: ${lastLines(stderr, 3)}`);
  });
  return output;
}

/** Short, over all sources and the headers that lie beside them. */
async function digest(sources: readonly string[]): Promise<string> {
  const hash = createHash("sha256").update(FLAGS.join());
  const headers = [...Deno.readDirSync(join(BENCH, "load"))]
    .filter(({ name }) => name.endsWith(".h"))
    .map(({ name }) => join(BENCH, "load", name))
    .sort();
  for (const path of [...sources, ...headers]) hash.update(await Deno.readFile(path));
  return hash.digest("hex").slice(0, 12);
}
