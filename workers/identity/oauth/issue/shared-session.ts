import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { OAuthTerms } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type {
  OpenSession,
  SessionGrant,
  SessionLimits,
} from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { newFamilyId, newSessionId, SessionId } from '../../../../shared/ids.ts';
import { hashSecret, newRefreshSecret } from '../../../../shared/tokens/refresh-token.ts';
import type { Services } from '../../context.ts';
import type { TokenRequest } from './grant.ts';
import { tokenInstallation } from './sender-proof.ts';

export type SharedSessionTerms = {
  readonly grant: Omit<SessionGrant, 'sessionId' | 'oauth'> & { readonly oauth: OAuthTerms };
  /** The browser's session that it ends with. */
  readonly parentId?: SessionId;
};

type SharedSessionServices = Pick<Services, 'config' | 'ttlStore' | 'users'>;

/**
 * The session behind tokens that come without a refresh token, so that the user sees and can end what
 * the client does in their name. The same terms share one: a client that asks each minute must not
 * push the user's other sessions out.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE`, also if the parent has ended.
 */
export async function sharedSession(
  terms: SharedSessionTerms,
  request: TokenRequest,
  services: SharedSessionServices,
): Promise<SessionId> {
  const key = `standing:${await nameOf(terms)}`;
  const store = services.ttlStore();
  const known = SessionId.parse((await store.get(key)) ?? '');
  if (known !== undefined && (await isTouched(known, terms, services))) return known;
  const opening = await openingOf(terms, request, services.config.limits);
  const { sessionId, accountId } = opening.grant;
  await orUnavailable('the user', async () => services.users(accountId).openSession(opening));
  await store.put(key, sessionId, cacheSeconds(services.config.limits));
  return sessionId;
}

async function nameOf({ grant, parentId }: SharedSessionTerms): Promise<string> {
  const { accountId, clientId, scopes, oauth } = grant;
  const lists = [scopes.toSorted(), oauth.resources.toSorted()];
  const parts = JSON.stringify([accountId, clientId, parentId ?? null, oauth.subject, ...lists]);
  return toBase64Url(await sha256(utf8(parts)));
}

async function isTouched(
  sessionId: SessionId,
  { grant: { accountId } }: SharedSessionTerms,
  { users }: SharedSessionServices,
): Promise<boolean> {
  const user = users(accountId);
  const [, status] = await orUnavailable('the user', async () =>
    Promise.all([user.touchSession(sessionId), user.checkSession(sessionId)]),
  );
  return status === 'live';
}

/** Its family has a token that nobody is ever told. */
async function openingOf(
  { grant, parentId }: SharedSessionTerms,
  request: TokenRequest,
  limits: SessionLimits,
): Promise<OpenSession> {
  const [secretHash, installation] = await Promise.all([
    hashSecret(newRefreshSecret()),
    tokenInstallation(request),
  ]);
  return {
    grant: { ...grant, sessionId: newSessionId() },
    familyId: newFamilyId(),
    secretHash,
    origin: request.origin,
    device: request.device,
    installation,
    limits,
    parentId,
  };
}

/** Not so long that a token could outlive the session. */
const cacheSeconds = ({ absoluteSeconds, accessSeconds }: SessionLimits): number =>
  Math.max(1, absoluteSeconds - accessSeconds);
