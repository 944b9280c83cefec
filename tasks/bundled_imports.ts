/**
 * Imports of the bundle that would cost memory at every start and are changed for that.
 *
 * @module
 */
import { ChatnodeError } from "../src/errors.ts";

/** How a part that is loaded when a command needs it stands in what the bundler writes. */
const LATER = /\bimport\("(\.\/[^"\\]+\.js)"\)/g;

/**
 * The files (text by name) with the parts that are loaded later named in a way that the runtime
 * looks at only then. A plain `import("./part.js")` it reads and parses at the start, whether or not
 * that is ever reached, and keeps: 4 MB, and 60 MB at the first start of a build.
 */
export function withPartsLater(files: ReadonlyMap<string, string>): Map<string, string> {
  const later = 'import(new URL("$1", import.meta.url).href)';
  return new Map([...files].map(([name, text]) => [name, text.replace(LATER, later)]));
}

const HTTP2 = /^import \{([^}]*)\} from "node:http2";$/gm;
/** What may be imported of it: it is compared with, or only looked at for such a request. */
const HTTP2_NAMES: readonly string[] = ["Http2ServerRequest", "constants"];

/**
 * The files without `node:http2`, which takes 2 MB: `@hono/node-server` imports it to tell requests
 * of HTTP/2 apart, and no door here speaks that. In its place stand classes that nothing is an
 * instance of.
 *
 * @throws {ChatnodeError} when something else of it is imported
 */
export function withoutHttp2(files: ReadonlyMap<string, string>): Map<string, string> {
  return new Map([...files].map(([file, text]) => [
    file,
    text.replace(HTTP2, (_, bindings: string) => {
      const locals = bindings.split(",").map((binding) => nothingNamed(binding.trim(), file));
      return `const ${locals.join(", ")};`;
    }),
  ]));
}

function nothingNamed(binding: string, file: string): string {
  const [, name = "", local = name] = /^(\w+)(?: as (\w+))?$/.exec(binding) ?? [];
  if (HTTP2_NAMES.includes(name)) return `${local} = class {}`;
  const message = `Cannot bundle ${file}: it imports ${binding} of node:http2, which is left out`;
  throw new ChatnodeError("build/http2", message);
}
