/**
 * Pictures of people: one's own is a file, somebody else's becomes one when it is asked for. None is
 * ever shown: a terminal is no place for bytes of strangers.
 *
 * @module
 */
import { extname, join, resolve } from "node:path";
import { ChatnodeError } from "../../errors.ts";
import { encodeFileName } from "../../message/file_name.ts";
import { type Avatar, avatars } from "../../transports/xmpp/features/avatars.ts";
import type { AccountCommand, CommandParts } from "./account_commands.ts";
import { somebody } from "./people_commands.ts";
import { explained } from "./refusals.ts";

/** As servers take them: they have to fit into a stanza. */
const BYTES_MOST = 192 * 1024;
const ENDINGS: Readonly<Record<Avatar["type"], string>> = {
  "image/png": "png",
  "image/jpeg": "jpg",
  "image/gif": "gif",
  "image/webp": "webp",
};

/** See the module's description. */
export function pictureCommands(parts: CommandParts): readonly AccountCommand[] {
  return [
    {
      ...{ name: "avatar save", takes: "NAME", completes: "person", group: "people" },
      does: "keep somebody's picture as a file",
      run: (argument, { peer }) => save(parts, somebody(parts, argument, peer)),
    },
    {
      ...{ name: "avatar remove", takes: "", group: "self" },
      does: "have no picture any more",
      run: () => remove(parts),
    },
    {
      ...{ name: "avatar", takes: "[FILE]", completes: "file", group: "self" },
      does: "a picture of yourself: PNG, JPEG, GIF or WebP; whether you have one",
      run: (argument) => argument === "" ? tell(parts) : publish(parts, argument),
    },
  ];
}

async function publish({ xmpp }: CommandParts, path: string): Promise<string> {
  const bytes = await readPicture(path);
  try {
    await explained("publish the picture", xmpp.use(avatars).publish(bytes));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw unusable("it is no PNG, JPEG, GIF or WebP");
  }
  return "That is your picture now; everybody who sees whether you are there may see it.";
}

async function remove({ xmpp }: CommandParts): Promise<string> {
  await explained("take the picture back", xmpp.use(avatars).remove());
  return "You have no picture any more.";
}

async function tell({ xmpp }: CommandParts): Promise<string> {
  const own = await explained("look for the picture", xmpp.use(avatars).fetch(xmpp.account));
  if (own === undefined) return "You have no picture: /avatar FILE.";
  return `You have a picture (${ENDINGS[own.type]}, ${own.bytes.length} bytes).`;
}

async function save({ xmpp, savesIn }: CommandParts, who: string): Promise<string> {
  const found = await explained("get the picture", xmpp.use(avatars).fetch(who), {
    "item-not-found": "there is none",
    "service-unavailable": "there is none, or it is not for you",
  });
  if (found === undefined) return `${who} has no picture.`;
  // Nothing of a name reaches the disk as it came; the hash keeps one picture from another.
  const name = `${encodeFileName(who)}-${found.hash.slice(0, 12)}.${ENDINGS[found.type]}`;
  const path = resolve(join(savesIn, name));
  try {
    await Deno.mkdir(savesIn, { recursive: true, mode: 0o700 });
    await Deno.writeFile(path, found.bytes, { createNew: true, mode: 0o600 });
  } catch (cause) {
    if (cause instanceof Deno.errors.AlreadyExists) return `The picture is in ${path} already.`;
    throw new ChatnodeError("client/file", `Cannot keep the picture in ${savesIn}`, { cause });
  }
  return `The picture is in ${path}.`;
}

async function readPicture(path: string): Promise<Uint8Array> {
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw unusable("it is no file");
    if (size > BYTES_MOST) throw unusable(`it is over ${BYTES_MOST} bytes`);
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof ChatnodeError) throw error;
    const isMissing = error instanceof Deno.errors.NotFound;
    const hint = isMissing && extname(path) === "" ? HINT : {};
    throw unusable(isMissing ? "there is none of that name" : "it cannot be read", hint);
  }
}

const HINT = { hint: "/avatar save NAME keeps somebody's, /avatar remove takes yours back." };

function unusable(state: string, options: { readonly hint?: string } = {}): ChatnodeError {
  return new ChatnodeError("client/file", `Cannot use the picture: ${state}`, options);
}
