import { createHash } from "node:crypto";
import { Hono } from "hono";
import type { HttpEnv } from "./app.ts";
import { escapeHtml, type Section, STYLE, welcomePage, welcomeText } from "./welcome_page.ts";

/** What the node says about itself to whoever asks. */
export interface NodeFacts {
  /** The node's name, the part after `@` in addresses. */
  readonly name: string;
  readonly registration: "open" | "invite" | "closed";
  /** Where people sign in by an identity provider; undefined when they do not. */
  readonly signIn: string | undefined;
  /** Where it listens. */
  address(): {
    readonly port: number;
    /** Where AloneChat's clients look for the HTTP API; undefined when it is on `port` alone. */
    readonly secondPort: number | undefined;
  };
}

/** A Host header that is safe to repeat: a name or an address, perhaps with a port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9._-]{0,253})|\[[0-9a-f:.]{2,45}\])(?::\d{1,5})?$/i;

const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** `GET /`: a page for browsers, the same in plain text for everything else. */
export function welcomeRoutes(node: NodeFacts): Hono<HttpEnv> {
  const routes = new Hono<HttpEnv>();
  routes.get("/", (context) => {
    const host = context.req.header("host") ?? "";
    const sections = sectionsFor(node, {
      host: HOST.test(host) ? host.replace(/:\d+$/, "") : "localhost",
      secure: context.env.client.secure,
    });
    context.header("Vary", "Accept");
    context.header("Cache-Control", "no-cache");
    if (!(context.req.header("accept") ?? "").includes("text/html")) {
      return context.text(welcomeText(node.name, sections));
    }
    context.header("Content-Security-Policy", POLICY);
    context.header("Cross-Origin-Opener-Policy", "same-origin");
    return context.html(welcomePage(escapeHtml(node.name), sections));
  });
  return routes;
}

function sectionsFor(node: NodeFacts, at: { host: string; secure: boolean }): readonly Section[] {
  const { port, secondPort } = node.address();
  const socket = `${at.secure ? "wss" : "ws"}://${at.host}:${port}`;
  const http = `${at.secure ? "https" : "http"}://${at.host}:${secondPort ?? port}`;
  return [
    {
      title: "AloneChat clients",
      text: "Enter this server address. The client finds the HTTP API on the next port by itself.",
      lines: [socket],
    },
    {
      title: "chatnode clients",
      text: "WebSocket with the subprotocol chatnode.v1: resumes after a lost connection, " +
        "history, search, presence.",
      lines: [socket],
    },
    {
      title: "A terminal",
      text: "Log in, keep the token, say hello, listen.",
      lines: [
        `curl ${http}/api/login --json '{"username":"NAME","password":"PASSWORD"}'`,
        `curl ${http}/send -H 'Authorization: Bearer TOKEN' --json '{"sender":"NAME","message":"hello"}'`,
        `curl ${http}/recv -H 'Authorization: Bearer TOKEN'`,
      ],
    },
    { title: "An account", text: REGISTRATION[node.registration], lines: [] },
    ...(node.signIn === undefined ? [] : [{
      title: "Sign in",
      text: "With the account that you have at this node's identity provider.",
      lines: [],
      link: node.signIn,
    }]),
  ];
}

const REGISTRATION: Readonly<Record<NodeFacts["registration"], string>> = {
  open: "Anybody may register, with the client or by POST to /api/register.",
  invite: "Registration needs an invitation. Ask the person who runs this node.",
  closed: "The person who runs this node makes the accounts.",
};
