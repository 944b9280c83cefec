/**
 * The test server's way to access tokens: assertions of a service account, refresh tokens, and the
 * metadata server of a machine.
 *
 * @see https://developers.google.com/identity/protocols/oauth2/service-account
 * @module
 */
import { type CryptoKey, exportPKCS8, generateKeyPair, jwtVerify } from "jose";

const SCOPE = "https://www.googleapis.com/auth/devstorage.read_write";
const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOLERANCE_SECONDS = 300;

/** The only user. */
export const USER = {
  client_id: "client.apps.example",
  client_secret: "client-secret-of-tests",
  refresh_token: "1//refresh-token-of-tests",
};

/** The clock of the test server, which a test may set wrong. */
export class ServerTime {
  /** Milliseconds that it is ahead of this machine's. */
  ahead = 0;

  now(): number {
    return Date.now() + this.ahead;
  }
}

/** Issues tokens and knows them again. */
export class TokenServer {
  readonly email = "writer@tests.iam.gserviceaccount.com";
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly #publicKey: CryptoKey;
  readonly #time: ServerTime;
  readonly #tokens = new Map<string, number>();
  /** Milliseconds that the next tokens are good for. */
  lifetime = 3_600_000;
  /** How many were issued. */
  issued = 0;

  private constructor(privateKey: string, publicKey: CryptoKey, time: ServerTime) {
    this.privateKey = privateKey;
    this.#publicKey = publicKey;
    this.#time = time;
  }

  static async make(time: ServerTime): Promise<TokenServer> {
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    return new TokenServer(await exportPKCS8(privateKey), publicKey, time);
  }

  /** Whether a token is good now. */
  knows(token: string): boolean {
    return (this.#tokens.get(token) ?? 0) > this.#time.now();
  }

  /** From now on no issued token is good. */
  revokeAll(): void {
    this.#tokens.clear();
  }

  /** `POST /token`. */
  async exchange(fields: URLSearchParams, audience: string): Promise<Response> {
    const fault = fields.get("grant_type") === GRANT
      ? await this.#faultOf(fields.get("assertion") ?? "", audience)
      : refreshFault(fields);
    if (fault !== undefined) return Response.json(fault, { status: 400 });
    return Response.json(this.#issue());
  }

  /** The metadata server's answer. */
  ofMachine(headers: Headers): Response {
    const flavor = { "Metadata-Flavor": "Google" };
    if (headers.get("metadata-flavor") !== "Google") {
      return new Response("Missing Metadata-Flavor:Google header.", {
        status: 403,
        headers: flavor,
      });
    }
    return Response.json(this.#issue(), { headers: flavor });
  }

  #issue(): Record<string, unknown> {
    this.issued++;
    const token = `ya29.test-${crypto.randomUUID()}`;
    this.#tokens.set(token, this.#time.now() + this.lifetime);
    return { access_token: token, expires_in: this.lifetime / 1000, token_type: "Bearer" };
  }

  async #faultOf(assertion: string, audience: string): Promise<Fault | undefined> {
    const now = this.#time.now();
    try {
      const { payload, protectedHeader } = await jwtVerify(assertion, this.#publicKey, {
        algorithms: ["RS256"],
        audience,
        issuer: this.email,
        currentDate: new Date(now),
        clockTolerance: TOLERANCE_SECONDS,
      });
      const { iat = 0, exp = 0 } = payload;
      const isNear = Math.abs(iat - now / 1000) <= TOLERANCE_SECONDS && exp - iat <= 3600;
      if (!isNear) return grantFault("Invalid JWT: not in a reasonable timeframe");
      if (protectedHeader.typ !== "JWT") return grantFault("Invalid JWT: typ");
      return payload["scope"] === SCOPE
        ? undefined
        : { error: "invalid_scope", error_description: "Invalid OAuth scope." };
    } catch {
      return grantFault("Invalid JWT Signature.");
    }
  }
}

interface Fault {
  readonly error: string;
  readonly error_description: string;
}

function grantFault(why: string): Fault {
  return { error: "invalid_grant", error_description: why };
}

function refreshFault(fields: URLSearchParams): Fault | undefined {
  if (fields.get("grant_type") !== "refresh_token") {
    return { error: "unsupported_grant_type", error_description: "Invalid grant_type" };
  }
  const isRight = Object.entries(USER).every(([name, value]) => fields.get(name) === value);
  return isRight ? undefined : grantFault("Token has been expired or revoked.");
}
