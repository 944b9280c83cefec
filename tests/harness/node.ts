/**
 * A whole node within the test's own process, on free ports of 127.0.0.1, with everything real: the
 * files, the listener, the doors. Only passwords are hashed at a lower cost.
 *
 * @module
 */
import type { Settings } from "../../src/config/schema.ts";
import {
  type ChatNode,
  type NodeOptions,
  type NodeSettings,
  openNode,
} from "../../src/commands/node.ts";
import { withDataFolder } from "./data_folder.ts";
import { SocketClient } from "./socket_client.ts";

/** scrypt with N = 2^4. */
const QUICK = { cost: { ln: 4, r: 8, p: 1 } };

/** A password that every account of {@linkcode TestNode.account} has. */
export const PASSWORD = "correct horse";

/** What a test may ask for. */
export interface TestNodeOptions extends Omit<NodeOptions, "settings"> {
  /** Besides a free port, open registration and no limit on messages per second. */
  readonly settings?: Partial<Settings>;
}

/** A running node, with shortcuts. */
export interface TestNode {
  readonly node: ChatNode;
  /** The data folder. */
  readonly folder: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly http: string;
  /** `ws://127.0.0.1:<port>`. */
  readonly ws: string;
  /** Makes the account when it is not there and logs it in; returns a token. */
  account(name: string, role?: "user" | "admin"): Promise<string>;
  /** An AloneChat WebSocket whose session has begun. */
  socket(token: string, path?: string): Promise<SocketClient>;
}

/** Opens an AloneChat WebSocket at `ws` and waits until its session has begun. */
export async function openAloneSocket(
  ws: string,
  token: string,
  path: string = "/",
): Promise<SocketClient> {
  const client = await SocketClient.open(`${ws}${path}?token=${token}`);
  client.sendJson({ type: 7, sender: "", content: "ping" });
  await client.until((message) => message["type"] === 7);
  return client;
}

/** Opens a node in `folder`. Whoever calls stops it. */
export async function openTestNode(
  folder: string,
  options: TestNodeOptions = {},
): Promise<TestNode> {
  const settings: NodeSettings = {
    data: folder,
    host: "127.0.0.1",
    port: 0,
    env: "testing",
    registration: "open",
    messageRate: "off",
    ...options.settings,
  };
  const node = await openNode({ passwords: QUICK, ...options, settings });
  return {
    node,
    folder,
    port: node.port,
    http: `http://127.0.0.1:${node.port}`,
    ws: `ws://127.0.0.1:${node.port}`,
    socket: (token, path) => openAloneSocket(`ws://127.0.0.1:${node.port}`, token, path),
    async account(name, role = "user") {
      const { accounts } = node;
      if (!accounts.exists(name)) await accounts.registry.add({ name, password: PASSWORD, role });
      const who = await accounts.authenticate(name, PASSWORD);
      return (await accounts.issue(who)).token;
    },
  };
}

/** Runs `body` with a node in a folder of its own; both are gone afterwards. */
export async function withNode(
  body: (node: TestNode) => Promise<void>,
  options: TestNodeOptions = {},
): Promise<void> {
  await withDataFolder(async (folder) => {
    const opened = await openTestNode(folder, options);
    try {
      await body(opened);
    } finally {
      await opened.node.stop(1_000);
    }
  });
}
