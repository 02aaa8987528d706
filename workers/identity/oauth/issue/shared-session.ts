import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { AccountState } from '../../../../shared/contracts/identity/identity-rpc.ts';
import type { OAuthTerms } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type {
  SessionGrant,
  SessionLimits,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { SessionId } from '../../../../shared/ids.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { type OpenUserSessionNeeds, openUserSession } from '../../sessions/open-user-session.ts';
import { requesterOf, type TokenRequest } from './grant.ts';

export type SharedSessionTerms = {
  readonly grant: Omit<SessionGrant, 'sessionId' | 'oauth'> & { readonly oauth: OAuthTerms };
  /** The browser's session. When that ends, this one does. */
  readonly parentId?: SessionId;
  /** The account as it was read, where no session of the browser vouches for the user. */
  readonly account?: AccountState;
};

export type SharedSessionNeeds = OpenUserSessionNeeds & { readonly ttlStore: () => TtlStore };

/**
 * Finds or opens the session behind tokens that come without a refresh token, so that the user sees and
 * can end what the client does in their name. Requests with the same terms share one session: a client
 * that asks each minute must not push the user's other sessions out.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`, also if the parent has ended.
 */
export async function sharedSession(
  terms: SharedSessionTerms,
  request: TokenRequest,
  needs: SharedSessionNeeds,
): Promise<SessionId> {
  const key = `standing:${await nameOf(terms)}`;
  const store = needs.ttlStore();
  const opened = SessionId.parse((await store.get(key)) ?? '');
  if (opened !== undefined && (await isTouched(opened, terms, needs))) return opened;
  const { grant, parentId, account } = terms;
  // Nobody is given the session's refresh token.
  const { sessionId } = await openUserSession(
    grant.accountId,
    requesterOf(request),
    (user, { sessionId: id, ...session }) =>
      user.openSession({ ...session, grant: { ...grant, sessionId: id }, parentId, account }),
    needs,
  );
  await store.put(key, sessionId, cacheSeconds(needs.config.limits));
  return sessionId;
}

async function nameOf({ grant, parentId }: SharedSessionTerms): Promise<string> {
  const { accountId, clientId, scopes, oauth } = grant;
  const lists = [scopes.toSorted(), oauth.resources.toSorted()];
  const parts = JSON.stringify([accountId, clientId, parentId ?? null, oauth.subject, ...lists]);
  return toBase64Url(await sha256(utf8(parts)));
}

/**
 * Marks that a session is in use.
 *
 * @returns `false` if it has ended.
 */
async function isTouched(
  sessionId: SessionId,
  { grant: { accountId } }: SharedSessionTerms,
  { users }: SharedSessionNeeds,
): Promise<boolean> {
  const user = users(accountId);
  const [, status] = await Promise.all([
    user.touchSession(sessionId),
    user.checkSession(sessionId),
  ]);
  return status === 'live';
}

/** Shorter than a session may last, so that no token outlives its session. */
const cacheSeconds = ({ absoluteSeconds, accessSeconds }: SessionLimits): number =>
  Math.max(1, absoluteSeconds - accessSeconds);
