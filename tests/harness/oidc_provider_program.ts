/**
 * An OpenID Connect provider as a process of its own: `oidc-provider` with its development pages, on
 * a port of 127.0.0.1 that the system picks.
 *
 * Prints its issuer as the first line. Then obeys lines on stdin, answering each with one line:
 * `rotate` puts another signing key in place of the present one; `quicken SECONDS` sets how long
 * access tokens live.
 */
import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as library from "oidc-provider";

/** What is used of the library, which comes without types. */
interface Provider {
  callback(): (request: IncomingMessage, response: ServerResponse) => void;
}
const { Provider } = library as unknown as {
  Provider: new (issuer: string, configuration: Record<string, unknown>) => Provider;
};

/** Named `<name>`, or `<name>-unverified`; every other password is as good. */
function findAccount(_context: unknown, id: string): unknown {
  return {
    accountId: id,
    claims: () => ({
      sub: id,
      email: `${id}@example.org`,
      email_verified: !id.endsWith("-unverified"),
      preferred_username: id,
    }),
  };
}

function signingKey(): Record<string, unknown> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: randomUUID() };
}

// Its notices must not stand between the answers.
console.info = console.error;
const CODE = ["authorization_code", "refresh_token"];
const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

const clients = [
  {
    client_id: "terminal",
    application_type: "native",
    token_endpoint_auth_method: "none",
    grant_types: [...CODE, DEVICE],
    redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback"],
  },
  {
    client_id: "node",
    client_secret: "a secret: with% a colon",
    grant_types: CODE,
    application_type: "native",
    redirect_uris: ["http://127.0.0.1/auth/oidc/callback"],
  },
];

let lifetime = 3600;
const configuration = {
  clients,
  findAccount,
  claims: {
    openid: ["sub"],
    email: ["email", "email_verified"],
    profile: ["preferred_username"],
  },
  cookies: { keys: [randomUUID()] },
  features: {
    deviceFlow: { enabled: true },
    revocation: { enabled: true },
    devInteractions: { enabled: true },
  },
  rotateRefreshToken: true,
  ttl: { AccessToken: () => lifetime },
};

let answer: ReturnType<Provider["callback"]> = () => {};
const server = createServer((request, response) => answer(request, response));
server.listen(0, "127.0.0.1", async () => {
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const renew = () => {
    answer = new Provider(issuer, { ...configuration, jwks: { keys: [signingKey()] } }).callback();
  };
  renew();
  const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
  say(issuer);
  const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
  for await (const line of lines) {
    const [word, argument] = line.trim().split(" ");
    if (word === "rotate") renew();
    if (word === "quicken") lifetime = Number(argument);
    say("done");
  }
  server.close();
  server.closeAllConnections();
});
