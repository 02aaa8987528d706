/**
 * `grant_type=urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693): a client exchanges a token that
 * it holds for one that is meant for somebody else. The new one never allows more, nor lives longer.
 *
 * @module
 */

import type {
  Actor,
  AuthorizationDetail,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import { OAuthError } from '../../platform/oauth-error.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { TokenSession } from '../../sessions/access-token.ts';
import type { Client } from '../clients/client.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import { looksLikeDocumentUrl } from '../clients/document-clients.ts';
import { RESERVED_SCOPES } from '../clients/scopes.ts';
import {
  assertConfidential,
  type RefuseNeeds,
  type TokenRequest,
  type TokenResponse,
} from '../issue/grant.ts';
import { type AccessTokenOnlyNeeds, issueAccessTokenOnly } from '../issue/issue-for-client.ts';
import { narrowScopes } from '../issue/narrow.ts';
import { type SharedSessionNeeds, sharedSession } from '../issue/shared-session.ts';
import { type CheckResourcesNeeds, checkResources } from '../resources/check-resources.ts';
import { actorOf } from './acting.ts';
import { type Party, type PartyNeeds, readParty } from './party.ts';
import { issuedTokenType, presentedToken, tokenRefusal } from './presented-token.ts';

export type TokenExchangeNeeds = PartyNeeds &
  SharedSessionNeeds &
  AccessTokenOnlyNeeds &
  TargetNeeds;

export async function tokenExchange(
  request: TokenRequest,
  needs: TokenExchangeNeeds,
): Promise<TokenResponse> {
  const { client, parameters } = request;
  assertConfidential(client);
  const presented = presentedToken(parameters, 'subject');
  const presentedActor = presentedToken(parameters, 'actor');
  const issued_token_type = issuedTokenType(parameters);
  if (presented === undefined) {
    throw new OAuthError('invalid_request', 'The parameter subject_token is missing');
  }
  const [subject, actor] = await Promise.all([
    readParty(presented, request, needs),
    presentedActor === undefined ? null : readParty(presentedActor, request, needs),
  ]);
  const act = whoActs(subject, actor, request, needs);
  const scopes = exchangedScopes(subject.scopes, client, parameters.get('scope'));
  const resources = await exchangeTargets(subject, client, parameters, needs);
  const terms = {
    subject: subject.subject,
    scopes,
    resources,
    session: await sessionOf(subject, { scopes, resources }, request, needs),
    actor: act,
    authorizationDetails: detailsFor(resources, subject),
    notAfter: Math.min(subject.expiresAt, actor?.expiresAt ?? Infinity),
    owner: ownerOf(subject),
  };
  const response = await issueAccessTokenOnly(terms, request, needs);
  logExchange(terms, request, needs);
  return { ...response, issued_token_type };
}

/** Authorization details are granted at one resource server (RFC 9396 §2.2), so others do not get them. */
const detailsFor = (
  targets: readonly string[],
  { audiences, authorizationDetails }: Pick<Party, 'audiences' | 'authorizationDetails'>,
): readonly AuthorizationDetail[] =>
  targets.every((target) => audiences.includes(target)) ? authorizationDetails : [];

function whoActs(
  subject: Party,
  actor: Party | null,
  request: TokenRequest,
  needs: RefuseNeeds & { readonly config: { readonly issuer: string } },
): Actor | null {
  const { clientId } = request.client;
  const act = actorOf({ subject, actor, clientId, issuer: needs.config.issuer });
  if (act.ok) return act.value;
  const role = act.error === 'actor_is_delegated' ? 'actor' : 'subject';
  throw tokenRefusal(role, act.error, request, needs);
}

/** The session that the subject token comes from. When it ends, the new token does. */
async function sessionOf(
  { subject, origin }: Pick<Party, 'subject' | 'origin'>,
  narrowed: { readonly scopes: readonly string[]; readonly resources: readonly string[] },
  request: TokenRequest,
  needs: SharedSessionNeeds,
): Promise<TokenSession | null> {
  if (origin.kind === 'access_token') return origin.session;
  const { sessionId: browserSessionId, oauth: _, ...signedIn } = origin.browser;
  const { clientId } = request.client;
  const { scopes, resources } = narrowed;
  const unused = { claims: null, authorizationDetails: [], confirmation: null, nonce: null };
  const oauth = { subject, browserSessionId, resources, ...unused };
  const grant = { ...signedIn, clientId, scopes, oauth };
  const terms = { grant, parentId: browserSessionId };
  return { ...grant, sessionId: await sharedSession(terms, request, needs) };
}

/** The object of an access token's session knows how long that token lives, which the new one does not outlive. */
const ownerOf = ({ origin }: Pick<Party, 'origin'>): AccountId | null =>
  origin.kind === 'id_token' ? origin.browser.accountId : null;

function logExchange(
  { subject, actor }: { readonly subject: string; readonly actor: Actor | null },
  { client: { clientId }, correlationId }: TokenRequest,
  { log }: RefuseNeeds,
): void {
  log({ event: 'token.exchanged', level: 'info', correlationId, clientId, subject, actor });
}

type TargetNeeds = CheckResourcesNeeds & { readonly clients: Pick<ClientDirectory, 'find'> };

const MOST_TARGETS = 20;

/**
 * Decides whom an exchanged token is for: those that the `resource` and `audience` parameters name
 * (RFC 8693 §2.1), or else those that the subject token is for. An `audience` may be a client's id.
 *
 * Somebody new is allowed only if the user agreed to them or an administrator listed them for the client.
 * Resources that every client may ask a user for are not allowed here, because no user is asked.
 *
 * @throws {OAuthError} `invalid_target`
 */
async function exchangeTargets(
  party: Pick<Party, 'audiences' | 'agreedResources'>,
  client: Client,
  parameters: Parameters,
  needs: TargetNeeds,
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
  const clients = await Promise.all(targets.map((target) => isClient(target, client, needs)));
  const others = targets.filter((_, index) => clients[index] === false);
  await checkResources(client, others, needs);
  return targets;
}

/** A URL is a resource indicator here, so no client metadata document is fetched for it. */
async function isClient(
  target: string,
  { clientId }: Pick<Client, 'clientId'>,
  { clients }: Pick<TargetNeeds, 'clients'>,
): Promise<boolean> {
  if (target === clientId) return true;
  if (looksLikeDocumentUrl(target)) return false;
  return (await orUnavailable('the clients', () => clients.find(target))) !== undefined;
}

/**
 * The scopes of an exchanged token: no more than the subject token has, and no more than the client may
 * have.
 *
 * @param requested - The parameter `scope`. Left out: all that are allowed.
 * @throws {OAuthError} `invalid_scope`
 */
export function exchangedScopes(
  held: readonly string[],
  { scopes }: Pick<Client, 'scopes'>,
  requested: string | undefined,
): readonly string[] {
  const mayHave = (scope: string): boolean =>
    scopes === null ? !RESERVED_SCOPES.includes(scope) : scopes.includes(scope);
  return narrowScopes(held.filter(mayHave), requested);
}
