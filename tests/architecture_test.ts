/**
 * The house rules that a compiler does not know: which room may import which, what no file may
 * hold, and how the tree is laid out. See `docs/architecture.md`.
 */
import assert from "node:assert/strict";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(import.meta.dirname ?? ".", "..");

/** Lower layers first; a room may import its own files and those of strictly lower layers. */
const LAYERS: readonly (readonly string[])[] = [
  ["errors", "text", "clock", "checked_json", "files"],
  ["record_log"],
  ["log"],
  ["message", "config"],
  ["history", "accounts", "wire"],
  ["hub"],
  ["protocol"],
  ["transports", "plugins", "ui"],
  ["commands"],
  ["main", "mod"],
];

/** The only npm packages a room may use; everything else is the runtime's. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  log: ["@logtape/logtape", "@logtape/file"],
  config: ["jsonc-parser"],
  accounts: ["jose"],
  transports: [
    ...["hono", "@hono/node-server", "aws4fetch", "jose", "mqtt"],
    ...["@xmpp/client-core", "@xmpp/tcp", "@xmpp/tls", "@xmpp/websocket", "@xmpp/xml"],
  ],
};

const IMPORT =
  /(?:^|\n)(?:import|export)\b[^"';=]*?\bfrom\s*["']([^"']+)["']|(?:^|\n)import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

/** `src/history/journal.ts` -> `history`; `src/log.ts` -> `log`; `main.ts` -> `main`. */
function roomOf(path: string): string {
  const parts = relative(root, path).split("/");
  const head = parts[0] === "src" ? parts[1] : parts[0];
  return (head ?? "").replace(/\.ts$/, "");
}

function layerOf(room: string): number {
  return LAYERS.findIndex((layer) => layer.includes(room));
}

async function imports(path: string): Promise<string[]> {
  const text = await Deno.readTextFile(path);
  return [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? "");
}

const files = [
  ...await Array.fromAsync(sources(join(root, "src"))),
  join(root, "main.ts"),
  join(root, "mod.ts"),
];

Deno.test("imports run one way", async () => {
  const faults: string[] = [];
  for (const path of files) {
    const room = roomOf(path);
    const layer = layerOf(room);
    if (layer < 0) {
      faults.push(`${relative(root, path)}: no layer holds the room ${room}`);
      continue;
    }
    for (const specifier of await imports(path)) {
      if (!specifier.startsWith(".")) continue;
      const target = roomOf(resolve(dirname(path), specifier));
      const allowed = target === room || layerOf(target) < layer;
      if (!allowed) faults.push(`${relative(root, path)} imports ${specifier}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("transports never import each other", async () => {
  const faults: string[] = [];
  for (const path of files.filter((file) => roomOf(file) === "transports")) {
    const door = relative(join(root, "src/transports"), path).split("/")[0];
    for (const specifier of await imports(path)) {
      if (!specifier.startsWith(".")) continue;
      const target = resolve(dirname(path), specifier);
      if (roomOf(target) !== "transports") continue;
      const other = relative(join(root, "src/transports"), target).split("/")[0];
      if (other !== door) faults.push(`${relative(root, path)} imports ${specifier}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("packages are used where they are meant to be", async () => {
  const faults: string[] = [];
  for (const path of files) {
    for (const specifier of await imports(path)) {
      if (specifier.startsWith(".") || specifier.startsWith("node:")) continue;
      const allowed = PACKAGES[roomOf(path)] ?? [];
      const fits = allowed.some((name) => specifier === name || specifier.startsWith(`${name}/`));
      if (!fits) faults.push(`${relative(root, path)} imports ${specifier}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("no file holds what hides a fault or names a place", async () => {
  const forbidden: readonly (readonly [RegExp, string])[] = [
    [/\bas any\b|: any\b|<any>/, "the type any"],
    [/@ts-(ignore|nocheck|expect-error)/, "a silenced type error"],
    [/\b(TODO|FIXME|XXX)\b/, "a mark for later"],
    [/\/(work|home|root)\/[a-z]/, "a path of one machine"],
    [/registry\.npmjs\.org|deb\.debian\.org/, "a registry host"],
  ];
  const own = join(root, "tests/architecture_test.ts");
  const faults: string[] = [];
  const checked = [
    ...files,
    ...await Array.fromAsync(sources(join(root, "tests"))),
    ...await Array.fromAsync(sources(join(root, "tasks"))),
  ];
  for (const path of checked.filter((file) => file !== own)) {
    const text = await Deno.readTextFile(path);
    for (const [pattern, what] of forbidden) {
      const match = pattern.exec(text);
      if (match === null) continue;
      const line = text.slice(0, match.index).split("\n").length;
      faults.push(`${relative(root, path)}:${line} holds ${what}`);
    }
  }
  assert.deepEqual(faults, []);
});

Deno.test("no room is called utils", () => {
  const vague = /(^|\/)(utils?|helpers?|common|misc|manager|shared)(\.ts|\/|$)/;
  assert.deepEqual(
    files.map((path) => relative(root, path)).filter((path) => vague.test(path)),
    [],
  );
});

Deno.test("the top level holds what it should", async () => {
  const expected = new Set([
    ...[".ci", ".gitignore", ".git", "CHANGELOG.md", "LICENSE", "README.md", "deno.json"],
    ...["deno.lock", "docs", "main.ts", "mod.ts", "src", "tasks", "tests"],
    ...["dist", "node_modules", ".cache"],
  ]);
  const found = (await Array.fromAsync(Deno.readDir(root))).map((entry) => entry.name);
  assert.deepEqual(found.filter((name) => !expected.has(name)), []);
});
