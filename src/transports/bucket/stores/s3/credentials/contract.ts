/**
 * Who we are to an S3 store.
 *
 * @module
 */

/** A key pair, perhaps for a time only. Never logged. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

/** One place where credentials may be. */
export interface CredentialSource {
  /** Completes "credentials from ...", for the log and for errors. */
  readonly name: string;
  /**
   * What is there now; undefined when this place is not in use here.
   *
   * @throws {BucketError} when it is in use and cannot give any
   */
  load(): Promise<Credentials | undefined>;
}
