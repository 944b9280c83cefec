/**
 * `chatnode client` as a service for many XMPP accounts: the built program, with the history that
 * it keeps of each.
 *
 * @module
 */
import { Child, logIn } from "../child.ts";
import type { Bench } from "../contract.ts";
import { bundleLauncher } from "../servers/chatnode.ts";
import type { SessionsConfig } from "./sessions.ts";

/**
 * Starts it and waits until all accounts are online.
 *
 * @throws {Error} with what it says when it ends instead
 */
export async function startService(
  bench: Bench,
  { accounts, port, ca }: SessionsConfig,
): Promise<Child> {
  const { program, args } = await bundleLauncher(bench);
  const addresses = accounts.map(({ name }) => `xmpp:${name}@localhost`);
  const connect = ["--connect", `xmpp://127.0.0.1:${port}`, "--ca", ca];
  const data = await bench.folder("service");
  const child = await Child.start({
    program,
    args: [...args, "client", ...addresses, "--headless", "--json", ...connect, "--data", data],
    env: { XMPP_PASSWORD: accounts[0]?.password ?? "" },
    log: logIn(data, "service"),
    talks: true,
  });
  try {
    for (let online = 0; online < accounts.length;) {
      const { type } = JSON.parse(await child.line()) as { readonly type?: string };
      if (type === "chatnode.online") online++;
    }
    return child;
  } catch (error) {
    await child.stop();
    throw error;
  }
}
