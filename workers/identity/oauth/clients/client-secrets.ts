import {
  type Bytes,
  equalBytes,
  randomBytes,
  sha256,
  toBase64Url,
  utf8,
} from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import type { Client, ClientSecret } from './client.ts';
import type { ClientMetadata } from './metadata-members.ts';

/** A secret as it is handed out, once, and what is kept of it. */
export type NewSecret = { readonly secret: string; readonly hash: Bytes };

export type Secrets = {
  readonly secrets: readonly ClientSecret[];
  /** To be shown to the client. `null`: it got none now. */
  readonly issued: string | null;
};

/** 256 random bits: nobody guesses them, so a fast hash keeps them. */
export async function newSecret(): Promise<NewSecret> {
  const secret = toBase64Url(randomBytes(32));
  return { secret, hash: await hashSecret(secret) };
}

export const hashSecret = (secret: string): Promise<Bytes> => sha256(utf8(secret));

/** What a client has after a change of its metadata: a secret if it authenticates with one. */
export async function secretsFor(
  { token_endpoint_auth_method: method }: ClientMetadata,
  before: readonly ClientSecret[],
): Promise<Secrets> {
  if (!method.startsWith('client_secret_')) return { secrets: [], issued: null };
  if (before.length > 0) return { secrets: before, issued: null };
  const { secret, hash } = await newSecret();
  return { secrets: [{ hash, expiresAt: null }], issued: secret };
}

/**
 * Puts a new secret before the newest one, which stays valid a while. Pure.
 *
 * @param until - When the one before ends, unless it ends earlier by itself.
 */
export function rotateSecrets(
  before: readonly ClientSecret[],
  hash: Bytes,
  until: Millis,
): readonly ClientSecret[] {
  const [newest] = before;
  const added = { hash, expiresAt: null };
  if (newest === undefined) return [added];
  return [added, { ...newest, expiresAt: Math.min(newest.expiresAt ?? until, until) }];
}

/** Compared with where there is no client, so that a wrong name costs what a wrong secret does. */
const DECOYS: readonly ClientSecret[] = [{ hash: new Uint8Array(32), expiresAt: null }];

/** Whether `secret` is one of the client's that live. Each is compared, in constant time. */
export async function isSecretOf(
  client: Client | undefined,
  secret: string,
  now: Millis,
): Promise<boolean> {
  const presented = await sha256(utf8(secret));
  const verdicts = (client?.secrets ?? DECOYS).map(
    ({ hash, expiresAt }) => equalBytes(hash, presented) && (expiresAt === null || now < expiresAt),
  );
  return verdicts.includes(true);
}
