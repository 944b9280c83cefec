/**
 * Credentials of a virtual machine: the instance metadata service, version 2.
 *
 * @module
 */
import { BucketError } from "../../errors.ts";
import type { HttpClient } from "../../http/client.ts";
import type { HttpRequest } from "../../http/exchange.ts";
import { variable, type World } from "../../world.ts";
import type { CredentialSource } from "./contract.ts";
import { isToken, readCredentials } from "./fields.ts";

const NAME = "the instance's metadata";
const SERVICE = "http://169.254.169.254";
const ROLES = "/latest/meta-data/iam/security-credentials/";

/** Asks nobody when `AWS_EC2_METADATA_DISABLED` is `true`. */
export function instanceSource(
  world: Pick<World, "environment">,
  http: HttpClient,
): CredentialSource {
  const origin = (variable(world, "AWS_EC2_METADATA_SERVICE_ENDPOINT") ?? SERVICE)
    .replace(/\/+$/, "");
  const ask = async (request: Omit<HttpRequest, "url">, path: string) => {
    const { status, bytes } = await http.calls.run(`read ${NAME}`, {}, (call) =>
      http.ask(call, {
        request: () => ({ ...request, url: origin + path }),
        accepts: [200, 404],
        maxBytes: 64 * 1024,
      }));
    return status === 200 ? bytes : undefined;
  };
  const ttl = { "x-aws-ec2-metadata-token-ttl-seconds": "21600" };
  return {
    name: NAME,
    async load() {
      if (variable(world, "AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true") return undefined;
      const token = await ask({ method: "PUT", headers: ttl }, "/latest/api/token")
        .catch(nobodyThere);
      if (token === undefined) return undefined;
      const headers = { "x-aws-ec2-metadata-token": decoded(token) };
      const role = await ask({ method: "GET", headers }, ROLES);
      if (role === undefined) return undefined;
      const path = ROLES + encodeURIComponent(decoded(role).split("\n")[0] ?? "");
      const found = await ask({ method: "GET", headers }, path);
      if (found !== undefined) return readCredentials(NAME, found);
      throw new BucketError("bucket/credentials", `Cannot use ${NAME}: its role is gone`);
    },
  };
}

/** Most machines are no instances, or may not ask: that is nothing to talk about. */
function nobodyThere(error: unknown): undefined {
  const isUnreachable = error instanceof BucketError &&
    ["bucket/unavailable", "bucket/timeout", "bucket/forbidden"].includes(error.code);
  if (!isUnreachable) throw error;
}

function decoded(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes).trim();
  if (isToken(text.split("\n")[0])) return text;
  throw new BucketError("bucket/credentials", `Cannot use ${NAME}: the answer is no token`);
}
