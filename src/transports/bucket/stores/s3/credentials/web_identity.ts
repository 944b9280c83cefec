/**
 * Credentials for a token that somebody else has issued: how pods of EKS and jobs of CI systems get
 * a role (AssumeRoleWithWebIdentity of the Security Token Service).
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 * @module
 */
import { BucketError } from "../../errors.ts";
import type { HttpClient } from "../../http/client.ts";
import type { Answer, HttpRequest, Verdict } from "../../http/exchange.ts";
import { isSafeTransport } from "../../http/safe_transport.ts";
import { judgeStatus } from "../../http/verdict.ts";
import { variable, type World } from "../../world.ts";
import { childOf, readXml, textOf, type XmlElement } from "../../xml.ts";
import type { Credentials, CredentialSource } from "./contract.ts";
import { isToken } from "./fields.ts";

const NAME = "the web identity";

/** `AWS_WEB_IDENTITY_TOKEN_FILE` with `AWS_ROLE_ARN`. */
export function webIdentitySource(
  world: Pick<World, "environment" | "readFile" | "clock">,
  region: string,
  http: HttpClient,
): CredentialSource {
  return {
    name: NAME,
    async load() {
      const file = variable(world, "AWS_WEB_IDENTITY_TOKEN_FILE");
      const role = variable(world, "AWS_ROLE_ARN");
      if (file === undefined || role === undefined) return undefined;
      const url = serviceUrl(world, region);
      const what = `fetch credentials for ${NAME}`;
      const { bytes } = await http.calls.run(what, {}, (call) =>
        http.ask(call, {
          // The token is read again each time: it changes in its file.
          request: async () => request(url, role, await tokenIn(world, file)),
          accepts: [200],
          maxBytes: 64 * 1024,
          judge: (answer) => judge(what, answer, world.clock.now()),
        }));
      return read(bytes);
    },
  };

  async function tokenIn({ readFile }: Pick<World, "readFile">, path: string): Promise<string> {
    const token = (await readFile(path))?.trim();
    if (isToken(token)) return token;
    throw unusable("its token cannot be read", "AWS_WEB_IDENTITY_TOKEN_FILE names its file");
  }

  function request(url: string, role: string, token: string): HttpRequest {
    const session = variable(world, "AWS_ROLE_SESSION_NAME") ?? "chatnode";
    // In the body, since proxies keep lists of URLs.
    const form = new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: role,
      RoleSessionName: session,
      WebIdentityToken: token,
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    return { method: "POST", url, headers, body: new TextEncoder().encode(form.toString()) };
  }
}

function serviceUrl(world: Pick<World, "environment">, region: string): string {
  const suffix = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const wanted = variable(world, "AWS_ENDPOINT_URL_STS") ?? `https://sts.${region}.${suffix}`;
  const url = URL.parse(wanted);
  if (url !== null && isSafeTransport(url)) return url.href;
  throw unusable("its service is not https", "AWS_ENDPOINT_URL_STS is wrong");
}

/** A token that is refused is refused again, whatever its status. */
function judge(what: string, answer: Answer, now: number): Verdict | undefined {
  const isRefused = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
  return isRefused ? judgeStatus(what, { ...answer, status: 401 }, now) : undefined;
}

function read(bytes: Uint8Array): Credentials {
  const root = readXml(new TextDecoder().decode(bytes));
  const path = ["AssumeRoleWithWebIdentityResult", "Credentials"];
  const found = path.reduce<XmlElement | undefined>(
    (element, name) => element && childOf(element, name),
    root,
  );
  const text = (name: string) => found && textOf(found, name);
  const [id, secret, session] = ["AccessKeyId", "SecretAccessKey", "SessionToken"].map(text);
  const expiresAt = Date.parse(text("Expiration") ?? "");
  if (!isToken(id) || !isToken(secret) || !isToken(session) || Number.isNaN(expiresAt)) {
    throw unusable("the answer holds none");
  }
  return { accessKeyId: id, secretAccessKey: secret, sessionToken: session, expiresAt };
}

function unusable(state: string, hint?: string): BucketError {
  return new BucketError(
    "bucket/credentials",
    `Cannot use the credentials of ${NAME}: ${state}`,
    hint === undefined ? {} : { hint },
  );
}
