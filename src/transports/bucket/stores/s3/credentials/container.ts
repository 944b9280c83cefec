/**
 * Credentials of a container: what ECS, Fargate and EKS Pod Identity offer beside it.
 *
 * @module
 */
import { BucketError } from "../../errors.ts";
import type { HttpClient } from "../../http/client.ts";
import { isSafeTransport } from "../../http/safe_transport.ts";
import { variable, type World } from "../../world.ts";
import type { CredentialSource } from "./contract.ts";
import { isToken, readCredentials } from "./fields.ts";

const NAME = "the container's endpoint";
const ECS = "http://169.254.170.2";
/** Addresses that nobody but the container's own host answers. */
const LINK_LOCAL: ReadonlySet<string> = new Set([
  ...["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"],
]);

/** `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `..._FULL_URI`. */
export function containerSource(
  world: Pick<World, "environment" | "readFile">,
  http: HttpClient,
): CredentialSource {
  return {
    name: NAME,
    async load() {
      const url = endpoint(world);
      if (url === undefined) return undefined;
      const { bytes } = await http.calls.run(
        `fetch credentials from ${NAME}`,
        {},
        (call) =>
          http.ask(call, {
            // The token is read again each time: it changes in its file.
            request: async () => ({ method: "GET", url, headers: await authorization(world) }),
            accepts: [200],
            maxBytes: 64 * 1024,
          }),
      );
      return readCredentials(NAME, bytes);
    },
  };
}

function endpoint(world: Pick<World, "environment">): string | undefined {
  const relative = variable(world, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (relative !== undefined) return new URL(relative.replace(/^\/*/, "/"), ECS).href;
  const full = variable(world, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (full === undefined) return undefined;
  const url = URL.parse(full);
  const isHost = url?.protocol === "http:" && LINK_LOCAL.has(url.hostname);
  if (url !== null && (isHost || isSafeTransport(url))) return url.href;
  throw new BucketError(
    "bucket/credentials",
    `Cannot use the credentials from ${NAME}: it is neither https nor on this host`,
    { hint: "AWS_CONTAINER_CREDENTIALS_FULL_URI is wrong" },
  );
}

async function authorization(
  world: Pick<World, "environment" | "readFile">,
): Promise<Record<string, string>> {
  const file = variable(world, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  const token = file === undefined
    ? variable(world, "AWS_CONTAINER_AUTHORIZATION_TOKEN")
    : (await world.readFile(file))?.trim();
  if (token === undefined && file === undefined) return {};
  // Some of these tokens begin with "Bearer ".
  if (isToken(token?.replaceAll(" ", "_"))) return { authorization: token ?? "" };
  throw new BucketError(
    "bucket/credentials",
    `Cannot use the credentials from ${NAME}: its authorization token cannot be read`,
  );
}
