import * as z from 'zod';

import { fromUtf8 } from '../../../shared/bytes.ts';
import type { Millis } from '../../../shared/clock.ts';
import { hasSession, type SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { IdentityRpc } from '../../../shared/contracts/identity/identity-rpc.ts';
import type { KeysRpc } from '../../../shared/contracts/keys/keys-rpc.ts';
import type { ResponseName } from '../../../shared/hub-protocol/response-codes.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { isMeantFor, verifyAccessToken } from '../../../shared/tokens/access-token.ts';
import type { JwsAlgorithm } from '../../../shared/tokens/algorithms.ts';
import { importJwkSet } from '../../../shared/tokens/verification-keys.ts';

export type Authorities = {
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
  readonly keys: Pick<KeysRpc, 'jwks'>;
};

/** Which access tokens are good here. */
export type TokenSettings = {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: ReadonlySet<JwsAlgorithm>;
};

const Body = z.object({ accessToken: z.string() });

/**
 * Judges a new access token for a connection.
 *
 * It must be valid now, of the same user and session as the old one, bound to the same keys, which
 * the client proved to hold when it connected, and its session must be live: a stolen token cannot
 * take a socket over, and an ended session cannot keep one.
 *
 * @throws If identity or keys cannot be reached.
 */
export async function newPrincipal(
  payload: Uint8Array,
  old: SessionPrincipal,
  settings: TokenSettings,
  { identity, keys }: Authorities,
  now: Millis,
): Promise<Result<SessionPrincipal, ResponseName>> {
  const body = Body.safeParse(parseJson(payload));
  if (!body.success) return err('Service_BadRequest');

  const verificationKeys = await importJwkSet(await keys.jwks());
  const token = await verifyAccessToken(body.data.accessToken, verificationKeys, settings, now);
  if (!token.ok || !isMeantFor(token.value, settings.audience)) return err('Service_Unauthorized');
  const { principal } = token.value;
  const { subject, sessionId, tokenId } = principal;
  if (!hasSession(principal) || !continues(principal, old)) return err('Service_Unauthorized');

  const status = await identity.checkSession({ subject, sessionId, tokenId });
  return status === 'live' ? ok(principal) : err('Service_Unauthorized');
}

function continues(next: SessionPrincipal, old: SessionPrincipal): boolean {
  const keys = ['jkt', 'x5t#S256'] as const;
  return (
    next.subject === old.subject &&
    next.sessionId === old.sessionId &&
    keys.every((key) => next.confirmation?.[key] === old.confirmation?.[key])
  );
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(payload));
  } catch {
    return undefined;
  }
}
