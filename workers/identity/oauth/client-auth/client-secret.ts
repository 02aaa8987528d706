import { equalBytes, sha256, utf8 } from '../../../../shared/bytes.ts';
import type { Millis } from '../../../../shared/clock.ts';
import type { Client, ClientSecret } from '../clients/client.ts';

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
