/**
 * `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a token for somebody else,
 * from a token that one holds. It never says more than the first, nor for longer.
 *
 * @module
 */

import type {
  Actor,
  AuthorizationDetail,
} from '../../../../../shared/contracts/identity/oauth-terms.ts';
import type { Services } from '../../../context.ts';
import type { TokenSession } from '../../../tokens/access-claims.ts';
import { isPublicClient } from '../../clients/client.ts';
import { actorOf } from '../../exchange/acting.ts';
import { exchangeTargets } from '../../exchange/exchange-targets.ts';
import { exchangedScopes } from '../../exchange/exchanged-scopes.ts';
import type { Party } from '../../exchange/party.ts';
import { readParty } from '../../exchange/read-party.ts';
import { tokenRefusal } from '../../exchange/token-refusal.ts';
import { issuedTokenType, presentedToken } from '../../exchange/token-types.ts';
import { issueLoneToken } from '../../issue/lone-token.ts';
import { standingSession } from '../../issue/standing-session.ts';
import { OAuthError } from '../../oauth-error.ts';
import type { Grant, TokenRequest } from '../grant.ts';

export const tokenExchange: Grant = async (request, services) => {
  const { client, parameters } = request;
  if (isPublicClient(client)) {
    throw new OAuthError('unauthorized_client', 'This client cannot prove who it is');
  }
  const presented = presentedToken(parameters, 'subject');
  const presentedActor = presentedToken(parameters, 'actor');
  const issued_token_type = issuedTokenType(parameters);
  if (presented === undefined) {
    throw new OAuthError('invalid_request', 'The parameter subject_token is missing');
  }
  const [subject, actor] = await Promise.all([
    readParty(presented, request, services),
    presentedActor === undefined ? null : readParty(presentedActor, request, services),
  ]);
  const act = whoActs(subject, actor, request, services);
  const scopes = exchangedScopes(subject.scopes, client, parameters.get('scope'));
  const resources = await exchangeTargets(subject, client, parameters, services);
  const terms = {
    subject: subject.subject,
    scopes,
    resources,
    session: await sessionOf(subject, { scopes, resources }, request, services),
    actor: act,
    authorizationDetails: detailsFor(resources, subject),
    notAfter: Math.min(subject.expiresAt, actor?.expiresAt ?? Infinity),
  };
  const response = await issueLoneToken(terms, request, services);
  logExchange(terms, request, services);
  return { ...response, issued_token_type };
};

/** What is granted in detail is granted at somebody's (RFC 9396 §2.2): it does not go to others. */
const detailsFor = (
  targets: readonly string[],
  { audiences, authorizationDetails }: Party,
): readonly AuthorizationDetail[] =>
  targets.every((target) => audiences.includes(target)) ? authorizationDetails : [];

function whoActs(
  subject: Party,
  actor: Party | null,
  request: TokenRequest,
  services: Services,
): Actor | null {
  const { clientId } = request.client;
  const act = actorOf({ subject, actor, clientId, issuer: services.config.issuer });
  if (act.ok) return act.value;
  const role = act.error === 'actor_is_delegated' ? 'actor' : 'subject';
  throw tokenRefusal(role, act.error, request, services);
}

/** The session that the subject token comes from: when it ends, so does what was made of it. */
async function sessionOf(
  { subject, origin }: Party,
  narrowed: { readonly scopes: readonly string[]; readonly resources: readonly string[] },
  request: TokenRequest,
  services: Services,
): Promise<TokenSession | null> {
  if (origin.kind === 'access_token') return origin.session;
  const { sessionId: browserSessionId, oauth: _, ...signedIn } = origin.browser;
  const { clientId } = request.client;
  const { scopes, resources } = narrowed;
  const unused = { claims: null, authorizationDetails: [], confirmation: null, nonce: null };
  const oauth = { subject, browserSessionId, resources, ...unused };
  const grant = { ...signedIn, clientId, scopes, oauth };
  const terms = { grant, parentId: browserSessionId };
  return { ...grant, sessionId: await standingSession(terms, request, services) };
}

function logExchange(
  { subject, actor }: { readonly subject: string; readonly actor: Actor | null },
  { client: { clientId }, correlationId }: TokenRequest,
  { log }: Services,
): void {
  log({ event: 'token.exchanged', level: 'info', correlationId, clientId, subject, actor });
}
