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

/** A secret, which is handed out once, and its hash, which is stored. */
export type NewSecret = { readonly secret: string; readonly hash: Bytes };

export type Secrets = {
  readonly secrets: readonly ClientSecret[];
  /** The secret that was made now, to be shown to the client. `null`: none was made. */
  readonly issued: string | null;
};

/** A secret of 256 random bits. Nobody can guess it, so a fast hash of it is enough. */
export async function newSecret(): Promise<NewSecret> {
  const secret = toBase64Url(randomBytes(32));
  return { secret, hash: await hashSecret(secret) };
}

export const hashSecret = (secret: string): Promise<Bytes> => sha256(utf8(secret));

/** The secrets of a client after a change of its metadata: it has one if it authenticates with one. */
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
 * Puts a new secret before the newest one, which stays valid for a while.
 *
 * @param until - When the secret before ends, unless it ends earlier by itself.
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

/** Compared with if there is no client, so that an unknown client costs the same as a wrong secret. */
const DECOYS: readonly ClientSecret[] = [{ hash: new Uint8Array(32), expiresAt: null }];

/** Whether `secret` is one of the client's valid secrets. Each is compared, in constant time. */
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
