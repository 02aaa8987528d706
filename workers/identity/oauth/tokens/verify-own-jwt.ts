/**
 * Verification of tokens that this deployment signed, by its own published keys.
 *
 * @module
 */

import type { DeploymentJwks } from '../../../../shared/cache/deployment-jwks.ts';
import type { Clock } from '../../../../shared/clock.ts';
import { SIGNING_ALGORITHMS } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { SessionId } from '../../../../shared/ids.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { type AccessToken, verifyAccessToken } from '../../../../shared/tokens/access-token.ts';
import type { JwsAlgorithm } from '../../../../shared/tokens/algorithms.ts';
import { type VerifiedJws, verifyJws } from '../../../../shared/tokens/jws.ts';
import { type JsonObject, parseStrictObject } from '../../../../shared/tokens/strict-json.ts';
import type { TokenError } from '../../../../shared/tokens/token-error.ts';
import type { VerificationKeys } from '../../../../shared/tokens/verification-keys.ts';

const algorithms: ReadonlySet<JwsAlgorithm> = new Set(SIGNING_ALGORITHMS);

export type VerifyIdTokenHintNeeds = {
  readonly config: { readonly issuer: string };
  readonly ownKeys: Keys;
};

export type VerifyOwnJwtNeeds = VerifyIdTokenHintNeeds & { readonly clock: Clock };

type Keys = Pick<DeploymentJwks, 'keys' | 'keysAfterUnknownKid'>;

/**
 * Verifies an access token of ours: signature, type, issuer, claims and times (RFC 9068 §4). Does NOT
 * check its audience, its sender's key, or whether it was revoked.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the keys do not answer.
 */
export function verifyOwnAccessToken(
  token: string,
  { config, clock, ownKeys }: VerifyOwnJwtNeeds,
): Promise<Result<AccessToken, TokenError>> {
  const policy = { algorithms, issuer: config.issuer };
  return byOwnKeys(ownKeys, (keys) => verifyAccessToken(token, keys, policy, clock()));
}

/** What an ID token of ours says: who was signed in, and in which browser's session. */
export type IdTokenHint = {
  readonly subject: string;
  /** The client that it was issued to is among them. */
  readonly audiences: readonly string[];
  /** `sid`: the browser's session. */
  readonly sessionId: SessionId | undefined;
  /** Every claim, as signed. */
  readonly claims: JsonObject;
};

/**
 * Verifies an `id_token_hint` (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2): that we signed
 * it as an ID token. Its `exp` may be past. Does NOT say whether the session lives.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if the keys do not answer.
 */
export async function verifyIdTokenHint(
  token: string,
  { config, ownKeys }: VerifyIdTokenHintNeeds,
): Promise<Result<IdTokenHint, TokenError>> {
  const jws = await byOwnKeys(ownKeys, (keys) => verifyJws(token, keys, { algorithms }));
  return jws.ok ? readHint(jws.value, config.issuer) : jws;
}

async function byOwnKeys<T>(
  ownKeys: Keys,
  verify: (keys: VerificationKeys) => Promise<Result<T, TokenError>>,
): Promise<Result<T, TokenError>> {
  const keys = await orUnavailable('the keys', () => ownKeys.keys());
  const first = await verify(keys);
  if (first.ok || first.error.reason !== 'key_unknown') return first;
  const newer = await orUnavailable('the keys', () => ownKeys.keysAfterUnknownKid());
  return newer === keys ? first : verify(newer);
}

/**
 * Other JWTs of ours have a type that tells them from an ID token (RFC 8725 §3.11). Only those that answer a
 * client's request, such as userinfo, have the same type, and those have no `exp`.
 */
function readHint(
  { header, payload }: VerifiedJws,
  issuer: string,
): Result<IdTokenHint, TokenError> {
  const { typ } = header;
  if (typ !== undefined && !(typeof typ === 'string' && typ.toUpperCase() === 'JWT')) {
    return err({ reason: 'type_refused' });
  }
  const claims = parseStrictObject(payload);
  if (claims === undefined) return err({ reason: 'malformed', part: 'payload' });
  const { iss, sub, aud, sid, exp, iat } = claims;
  if (iss !== issuer) return err({ reason: 'issuer_mismatch' });
  if (typeof sub !== 'string') return err({ reason: 'claim_invalid', claim: 'sub' });
  if (typeof exp !== 'number') return err({ reason: 'claim_invalid', claim: 'exp' });
  if (typeof iat !== 'number') return err({ reason: 'claim_invalid', claim: 'iat' });
  const audiences = [aud].flat().filter((one) => typeof one === 'string');
  if (audiences.length === 0) return err({ reason: 'claim_invalid', claim: 'aud' });
  const sessionId = typeof sid === 'string' ? SessionId.parse(sid) : undefined;
  return ok({ subject: sub, audiences, sessionId, claims });
}
