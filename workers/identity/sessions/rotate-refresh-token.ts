import type { Clock, Millis } from '../../../shared/clock.ts';
import type { Confirmation } from '../../../shared/contracts/identity/oauth-terms.ts';
import type {
  RotateError,
  Rotation,
  SessionGrant,
  SessionLimits,
} from '../../../shared/contracts/identity/user-sessions.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { Log } from '../../../shared/telemetry/log.ts';
import {
  deriveSuccessor,
  hashSecret,
  type PresentedToken,
  type RefreshToken,
  unseal,
} from '../../../shared/tokens/refresh-token.ts';
import type { SealingKeys } from '../../../shared/tokens/sealing-keys.ts';
import { type Requester, requestInstallation } from './request-origin.ts';
import type { Users } from './user-sessions.ts';

export type RotateNeeds = {
  readonly config: { readonly limits: Pick<SessionLimits, 'refreshSeconds' | 'accessSeconds'> };
  readonly clock: Clock;
  readonly log: Log;
  readonly sealingKeys: () => Promise<SealingKeys>;
  readonly users: Users;
};

export type RefreshRequest = {
  /** The token as the client presents it. */
  readonly text: string;
  readonly requester: Requester;
  readonly correlationId: string;
  /** The `cnf` of what the sender proved to hold. */
  readonly confirmation?: Confirmation | null;
  /** The token stays as it is, and only its life is renewed (FAPI 2.0 Security Profile §5.3.2.1). */
  readonly keepsToken?: boolean;
  /** Throws if the grant is less than the request asks for. Left out: the request asks for all of it. */
  readonly assertGranted?: ((grant: SessionGrant) => void) | undefined;
};

/** The grant of a refresh token, and the token that is good from now on. */
export type RotatedToken = {
  readonly grant: SessionGrant;
  readonly refreshToken: RefreshToken;
  /** `refreshToken` is the presented one, which stays good. */
  readonly isKept: boolean;
  /** When the token's generation began: the same for a repeated request. */
  readonly issuedAt: Millis;
  /** When the tokens are answered. Their remaining lives are counted from here. */
  readonly now: Millis;
  readonly refreshExpiresAt: Millis;
};

/**
 * Exchanges a refresh token for its successor (RFC 6749 §6, RFC 9700 §4.14), and logs why it is refused.
 *
 * A token that this system did not seal wakes no object. No database is asked: the roles are those of
 * the user's object, which is told when they change. A request for more than was granted leaves the
 * token as it is.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`, or what `assertGranted` throws.
 */
export async function rotateRefreshToken(
  request: RefreshRequest,
  needs: RotateNeeds,
): Promise<Result<RotatedToken, RotateError>> {
  const presented = await unseal(await needs.sealingKeys(), request.text);
  if (presented === undefined) return refuse({ reason: 'family_unknown' }, {}, request, needs);
  const [presentedHash, successor, installation] = await Promise.all([
    hashSecret(presented.secret),
    deriveSuccessor(presented),
    requestInstallation(request.requester),
  ]);
  await judgeBeforeUse(presented, presentedHash, request, needs);
  const { accountId, familyId, generation } = presented;
  const { refreshSeconds, accessSeconds } = needs.config.limits;
  const { confirmation = null, keepsToken = false } = request;
  const rotated = await needs.users(accountId).rotate({
    familyId,
    generation,
    presentedHash,
    successorHash: await hashSecret(successor.secret),
    clientId: request.requester.clientId,
    installation,
    ...(confirmation === null ? {} : { confirmation }),
    ...(keepsToken ? { keeps: true } : {}),
    limits: { refreshSeconds, accessSeconds },
  });
  if (!rotated.ok) return refuse(rotated.error, presented, request, needs);
  return ok(rotatedToken(rotated.value, presented, successor, needs.clock));
}

/** Judges what the request asks for before the token is used up. */
async function judgeBeforeUse(
  { accountId, familyId, generation }: PresentedToken,
  presentedHash: Uint8Array<ArrayBuffer>,
  { requester, ...request }: RefreshRequest,
  { users }: Pick<RotateNeeds, 'users'>,
): Promise<void> {
  if (request.assertGranted === undefined) return;
  const query = { familyId, generation, presentedHash };
  const record = await users(accountId).readRefreshToken(query);
  // Another client's request is for `rotate` to refuse: that client must not learn what was granted.
  if (record?.clientId === requester.clientId) request.assertGranted(record.grant);
}

function rotatedToken(
  { outcome, rotatedAt, refreshExpiresAt, grant }: Rotation,
  presented: RefreshToken,
  successor: RefreshToken,
  clock: Clock,
): RotatedToken {
  const isKept = outcome === 'kept';
  return {
    grant,
    refreshToken: isKept ? presented : successor,
    isKept,
    issuedAt: rotatedAt,
    // The object's clock may differ from ours, but a client must see the whole life of a new token.
    now: outcome === 'duplicate' ? clock() : rotatedAt,
    refreshExpiresAt,
  };
}

/** Reasons that suggest that a token is in the wrong hands. */
const ATTACKS: ReadonlySet<RotateError['reason']> = new Set([
  'refresh_reused',
  'confirmation_mismatch',
  'client_mismatch',
]);

function refuse(
  error: RotateError,
  { accountId, familyId, generation }: Partial<PresentedToken>,
  { correlationId, requester: { clientId } }: RefreshRequest,
  { log }: Pick<RotateNeeds, 'log'>,
): Result<never, RotateError> {
  const level = ATTACKS.has(error.reason) ? 'security' : 'info';
  const event = `token.${error.reason}`;
  log({ event, level, correlationId, clientId, accountId, familyId, generation });
  return err(error);
}
