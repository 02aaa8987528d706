import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type {
  DeviceInfo,
  Origin,
  RotateError,
} from '../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import {
  deriveSuccessor,
  hashSecret,
  type PresentedToken,
  unseal,
} from '../../../shared/tokens/refresh-token.ts';
import type { Services } from '../context.ts';
import { issueTokens, type TokenReply } from './issue-tokens.ts';
import { requestInstallation } from './request-origin.ts';

export type RefreshRequest = {
  readonly refreshToken: string;
  readonly origin: Origin;
  readonly device: DeviceInfo;
  readonly correlationId: string;
};

/** What a client is told. Which client or family it was is ours to know. */
const CODES = {
  family_unknown: 'TOKEN_REFRESH_INVALID',
  client_mismatch: 'TOKEN_REFRESH_INVALID',
  confirmation_mismatch: 'TOKEN_REFRESH_INVALID',
  refresh_expired: 'TOKEN_REFRESH_EXPIRED',
  session_expired: 'SESSION_EXPIRED',
  family_revoked: 'TOKEN_FAMILY_REVOKED',
  refresh_reused: 'TOKEN_REFRESH_REUSED',
} as const satisfies Record<RotateError['reason'], ErrorCode>;

/**
 * Exchanges a refresh token for its successor and a new access token (RFC 6749 §6, RFC 9700 §4.14).
 *
 * A token that this system did not seal is refused without waking an object. What cannot be judged
 * is answered 503. Does NOT ask the database: roles are those of the user's
 * object, which is told when they change.
 *
 * @throws {Problem} One of {@link CODES}, `SERVICE_UNAVAILABLE` or `TOKEN_KMS_ERROR`.
 */
export async function refreshSession(
  request: RefreshRequest,
  services: Services,
): Promise<TokenReply> {
  const presented = await unseal(await services.sealingKeys(), request.refreshToken);
  if (presented === undefined) throw new Problem('TOKEN_REFRESH_INVALID');
  const refreshToken = await deriveSuccessor(presented);
  const rotated = await orUnavailable('the user', async () =>
    services
      .users(presented.accountId)
      .rotate(await rotateRequest(presented, refreshToken.secret, request, services)),
  );
  if (!rotated.ok) throw refusal(rotated.error, presented, request, services);
  const { outcome, rotatedAt, refreshExpiresAt, grant } = rotated.value;
  // Two clocks may differ by a little: the life of what was made just now is whole.
  const now = outcome === 'rotated' ? rotatedAt : services.clock();
  return issueTokens({ grant, refreshToken, issuedAt: rotatedAt, refreshExpiresAt, now }, services);
}

async function rotateRequest(
  { familyId, generation, secret }: PresentedToken,
  successor: Uint8Array<ArrayBuffer>,
  { origin, device }: RefreshRequest,
  { config }: Services,
) {
  return {
    familyId,
    generation,
    presentedHash: await hashSecret(secret),
    successorHash: await hashSecret(successor),
    clientId: config.clientId,
    installation: await requestInstallation(origin, device, config.clientId),
    limits: config.limits,
  };
}

function refusal(
  error: RotateError,
  { accountId, familyId, generation }: PresentedToken,
  { correlationId }: RefreshRequest,
  { log }: Services,
): Problem {
  const level = error.reason === 'refresh_reused' ? 'security' : 'info';
  const event = `token.${error.reason}`;
  log({ event, level, correlationId, accountId, familyId, generation });
  return new Problem(CODES[error.reason], { cause: error });
}
