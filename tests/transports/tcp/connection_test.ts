import { type Answer, connectionSuite } from "../../conformance/connection.ts";
import { Peer } from "./peer.ts";
import { PASSWORD, withRelay } from "./stage.ts";

connectionSuite("TCP", (body) =>
  withRelay(({ port, hub, history }) =>
    body({
      ...{ hub, history },
      async enter(name, hello = {}) {
        const client = await Peer.native(port, { name, password: PASSWORD, ...hello });
        await client.jsonThat<Answer>(({ type }) => type === "welcome");
        return {
          send: (frame) => client.frame(typeof frame === "string" ? frame : JSON.stringify(frame)),
          next: () => client.nextJson<Answer>(),
          gone: () => client.rest(),
          close: () => client.close(),
        };
      },
    }), {
    accounts: ["alice", "bob", "lazy", "eager"],
    limits: { queueBytes: 256 * 1024 },
  }));
