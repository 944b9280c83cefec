/**
 * Credentials that lie on this machine: in the environment, or in a profile.
 *
 * @module
 */
import { BucketError } from "../../errors.ts";
import { variable, type World } from "../../world.ts";
import { readProfile } from "../profile.ts";
import type { Credentials, CredentialSource } from "./contract.ts";
import { isToken } from "./fields.ts";

/** `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. */
export function environmentSource(world: Pick<World, "environment">): CredentialSource {
  return {
    name: "the environment",
    load() {
      const id = variable(world, "AWS_ACCESS_KEY_ID");
      const secret = variable(world, "AWS_SECRET_ACCESS_KEY");
      if (id === undefined && secret === undefined) return Promise.resolve(undefined);
      const name = "the environment";
      return Promise.resolve(checked(name, id, secret, variable(world, "AWS_SESSION_TOKEN")));
    },
  };
}

/** Settings of a profile that say where credentials come from, in ways that are not offered. */
const NOT_OFFERED: readonly (readonly [string, string])[] = [
  ["credential_process", "chatnode does not start programs"],
  ["sso_session", "chatnode cannot sign in with SSO"],
  ["sso_start_url", "chatnode cannot sign in with SSO"],
  ["role_arn", "chatnode does not assume roles by profile"],
];

/** The profile `wanted`, or the one that is usual here. */
export function profileSource(
  world: Pick<World, "environment" | "readFile">,
  wanted?: string,
): CredentialSource {
  return {
    name: "the AWS profile",
    async load() {
      const { name, values } = await readProfile(world, wanted);
      const source = `the AWS profile ${name}`;
      const id = values.aws_access_key_id;
      const secret = values.aws_secret_access_key;
      if (id !== undefined || secret !== undefined) {
        return checked(source, id, secret, values.aws_session_token);
      }
      const other = NOT_OFFERED.find(([setting]) => values[setting] !== undefined);
      const state = other === undefined
        ? "it has no keys"
        : `it wants ${other[0]}, and ${other[1]}`;
      const isMeant = wanted !== undefined || variable(world, "AWS_PROFILE") !== undefined;
      if (!isMeant && other === undefined) return undefined;
      throw new BucketError("bucket/credentials", `Cannot use ${source}: ${state}`, {
        hint: "`aws configure export-credentials --format env` gives variables that can be used",
      });
    },
  };
}

function checked(
  source: string,
  id: string | undefined,
  secret: string | undefined,
  token: string | undefined,
): Credentials {
  if (!isToken(id) || !isToken(secret) || (token !== undefined && !isToken(token))) {
    throw new BucketError(
      "bucket/credentials",
      `Cannot use the credentials from ${source}: one of them is missing or misspelt`,
      { hint: "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY belong together" },
    );
  }
  return {
    accessKeyId: id,
    secretAccessKey: secret,
    ...(token === undefined ? {} : { sessionToken: token }),
  };
}
