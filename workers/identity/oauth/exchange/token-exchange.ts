/**
 * `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a token for somebody else,
 * from a token that one holds. It never says more than the first, nor for longer.
 *
 * @module
 */

import type {
  Actor,
  AuthorizationDetail,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { Services } from '../../context.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { TokenSession } from '../../sessions/access-token.ts';
import { type Client, isPublicClient } from '../clients/client.ts';
import { looksLikeDocumentUrl } from '../clients/document-clients.ts';
import { RESERVED_SCOPES } from '../clients/scopes.ts';
import { issueAccessTokenOnly } from '../issue/access-token-only.ts';
import { type Grant, narrowScopes, type TokenRequest } from '../issue/grant.ts';
import { sharedSession } from '../issue/shared-session.ts';
import { checkResources, type ResourceServices } from '../resources/check-resources.ts';
import { actorOf } from './acting.ts';
import { type Party, readParty } from './party.ts';
import { issuedTokenType, presentedToken, tokenRefusal } from './presented-token.ts';

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
  const response = await issueAccessTokenOnly(terms, request, services);
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
  return { ...grant, sessionId: await sharedSession(terms, request, services) };
}

function logExchange(
  { subject, actor }: { readonly subject: string; readonly actor: Actor | null },
  { client: { clientId }, correlationId }: TokenRequest,
  { log }: Services,
): void {
  log({ event: 'token.exchanged', level: 'info', correlationId, clientId, subject, actor });
}

type TargetServices = ResourceServices & Pick<Services, 'clients'>;

const MOST_TARGETS = 20;

/**
 * Whom an exchanged token is for: the `resource` and `audience` parameters together (RFC 8693 §2.1),
 * or else whom the subject token is for. An `audience` may be a client's id.
 *
 * A token is turned towards somebody new only where the user agreed to that, or an administrator
 * listed them for the client: what is open to every client that asks a user is not open here, where
 * no user is asked.
 *
 * @throws {OAuthError} `invalid_target`
 */
async function exchangeTargets(
  party: Pick<Party, 'audiences' | 'agreedResources'>,
  client: Client,
  parameters: Parameters,
  services: TargetServices,
): Promise<readonly string[]> {
  const named = [...new Set([...parameters.all('resource'), ...parameters.all('audience')])];
  const targets = named.length === 0 ? party.audiences : named;
  const allowed = [
    client.clientId,
    ...party.audiences,
    ...party.agreedResources,
    ...(client.resources ?? []),
  ];
  if (named.length > MOST_TARGETS || !targets.every((target) => allowed.includes(target))) {
    throw new OAuthError('invalid_target', 'The token cannot be exchanged for that audience');
  }
  const clients = await Promise.all(targets.map((target) => isClient(target, client, services)));
  const others = targets.filter((_, index) => clients[index] === false);
  await checkResources(client, others, services);
  return targets;
}

/** The id of a metadata document is not looked up: a URL here is a resource indicator. */
async function isClient(
  target: string,
  { clientId }: Client,
  { clients }: TargetServices,
): Promise<boolean> {
  if (target === clientId) return true;
  if (looksLikeDocumentUrl(target)) return false;
  return (await orUnavailable('the clients', () => clients.find(target))) !== undefined;
}

/**
 * The scopes of an exchanged token: never more than the subject token has, nor than the client may
 * have at all.
 *
 * @param asked - The parameter `scope`. Absent: as much as may be.
 * @throws {OAuthError} `invalid_scope`
 */
export function exchangedScopes(
  held: readonly string[],
  { scopes }: Pick<Client, 'scopes'>,
  asked: string | undefined,
): readonly string[] {
  const mayHave = (scope: string): boolean =>
    scopes === null ? !RESERVED_SCOPES.includes(scope) : scopes.includes(scope);
  return narrowScopes(held.filter(mayHave), asked);
}
