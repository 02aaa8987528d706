import type { NumericDate } from '../../../shared/clock.ts';
import type { DirectoryRpc, Registered } from '../../../shared/contracts/connect/connect-rpc.ts';
import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { ErrorCode } from '../../../shared/contracts/http/error-codes.ts';
import type {
  IdentityRpc,
  SessionStatus,
} from '../../../shared/contracts/identity/identity-rpc.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import type { CurrentRoles } from '../connections/current-roles.ts';
import { graceEnd } from '../connections/deadlines.ts';
import { ENTRY_SLACK } from '../connections/entries.ts';
import type { Written } from '../manifests/manifest-writer.ts';

export type OpeningDeps = {
  readonly directory: DirectoryRpc;
  readonly identity: Pick<IdentityRpc, 'checkSession'>;
  readonly manifestFor: (principal: SessionPrincipal) => Promise<Written>;
  readonly roles: Pick<CurrentRoles, 'of'>;
};

export type JudgedOpening = {
  readonly registered: Registered;
  /** With the roles of this moment. */
  readonly principal: SessionPrincipal;
  readonly manifest: Written;
};

export const entryExpiry = (expiresAt: NumericDate): number => graceEnd(expiresAt) + ENTRY_SLACK;

/**
 * Does everything that a connection needs and that takes time.
 *
 * The order matters: the directory learns of the connection first, and the session is judged after
 * that. A session that ends in between is found in the directory; one that ended before is found
 * here. There is no moment in which it is found by neither.
 *
 * @throws If the directory or identity cannot be reached.
 */
export async function prepareOpening(
  { connectionId, shard }: { readonly connectionId: string; readonly shard: string },
  presented: SessionPrincipal,
  { directory, identity, manifestFor, roles }: OpeningDeps,
): Promise<Result<JudgedOpening, ErrorCode>> {
  const { subject, sessionId, tokenId, expiresAt } = presented;
  const entry = { connectionId, sessionId, shard, expiresAt: entryExpiry(expiresAt) };
  const registered = await directory.register(entry);
  const principal = roles.of(presented, registered.rolesChanged);
  const [status, manifest] = await Promise.all([
    identity.checkSession({ subject, sessionId, tokenId }),
    manifestFor(principal),
  ]);
  return status === 'live' ? ok({ registered, principal, manifest }) : err(REFUSALS[status]);
}

const REFUSALS: Readonly<Record<Exclude<SessionStatus | 'revoked', 'live'>, ErrorCode>> = {
  ended: 'SESSION_TERMINATED',
  expired: 'SESSION_EXPIRED',
  // Not 404: whoever has no session has to sign in, like the others.
  unknown: 'SESSION_TERMINATED',
  revoked: 'AUTH_TOKEN_REVOKED',
};
