import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { LOOPBACK_HOSTS } from '../../../../shared/http/loopback.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import { type Client, isVettedClient } from '../clients/client.ts';
import type { AuthorizationRequest } from './authorization-request.ts';
import type { Consent, ConsentGrant } from './consent-store.ts';
import type { Interaction } from './interaction.ts';

/** What the consent page shows. */
export type InteractionDescription = {
  readonly client: Client;
  /** What the user has not agreed to yet; if they agreed to everything, all that is requested. */
  readonly requested: ConsentGap;
  /** Whether the user is asked again for what they agreed to before. */
  readonly isRepeated: boolean;
  /** Where the answer goes: a host, or the scheme of an app's own URI (RFC 8252 §7.1). */
  readonly redirectHost: string;
  /** The answer goes to an app on this device, which others could pass themselves off as. */
  readonly isLocal: boolean;
  readonly trust: ClientTrust;
};

/**
 * Who vouches for the client: an administrator of ours; the host whose metadata document it is; or
 * nobody.
 */
export type ClientTrust =
  | { readonly by: 'administrator' }
  | { readonly by: 'domain'; readonly domain: string }
  | { readonly by: 'nobody' };

/** @param agreed - What the signed-in user agreed to before. */
export function describeInteraction(
  { request }: Interaction,
  client: Client,
  agreed: Consent | undefined,
): InteractionDescription {
  const gap = consentGap(request, agreed);
  const all = consentGap(request, undefined);
  return {
    client,
    requested: gap.isEmpty ? all : gap,
    isRepeated: gap.isEmpty,
    redirectHost: redirectHost(request.redirectUri),
    isLocal: !request.redirectUri.startsWith('https:'),
    trust: trustIn(client),
  };
}

/** Where a URI leads, for people: a host, or the scheme of an app's own URI (RFC 8252 §7.1). */
export function redirectHost(uri: string): string {
  const { protocol, host } = new URL(uri);
  return protocol === 'https:' || protocol === 'http:' ? host : protocol;
}

/**
 * Where the user agreed that answers go. A native app takes another port of this machine each time (RFC 8252
 * §7.3), so that is one place.
 */
export function agreedHost(uri: string): string {
  const { hostname } = new URL(uri);
  return LOOPBACK_HOSTS.has(hostname) ? hostname : redirectHost(uri);
}

/**
 * Whether what a user agreed to covers the place that the answer would go to now. A client that registered
 * itself can move there afterwards; an administrator vouches for the addresses of others.
 */
export const isAgreedHost = (
  { redirectUri }: Pick<AuthorizationRequest, 'redirectUri'>,
  client: Client,
  { redirectHosts }: Pick<Consent, 'redirectHosts'>,
): boolean => isVettedClient(client) || (redirectHosts?.includes(agreedHost(redirectUri)) ?? true);

export function trustIn({ source, clientId }: Pick<Client, 'source' | 'clientId'>): ClientTrust {
  if (source === 'administered') return { by: 'administrator' };
  if (source === 'metadata_document') return { by: 'domain', domain: new URL(clientId).host };
  return { by: 'nobody' };
}

/** What is stored when the user allows the request. */
export function consentGrant(
  { request }: Interaction,
  client: Client,
  accountId: AccountId,
): ConsentGrant {
  const { scopes, claims, resources, authorizationDetails } = consentGap(request, undefined);
  const { clientId } = client;
  const redirectHosts = [agreedHost(request.redirectUri)];
  return { accountId, clientId, scopes, claims, resources, authorizationDetails, redirectHosts };
}

/** What is requested and the user has not agreed to yet. */
type ConsentGap = Pick<Consent, 'scopes' | 'claims' | 'resources' | 'authorizationDetails'> & {
  readonly isEmpty: boolean;
};

export function consentGap(request: AuthorizationRequest, agreed: Consent | undefined): ConsentGap {
  const scopes = beyond(request.scopes, agreed?.scopes);
  const claims = beyond(claimNames(request), agreed?.claims);
  const resources = beyond(request.resources, agreed?.resources);
  const authorizationDetails = detailsBeyond(request, agreed?.authorizationDetails);
  const missing = [scopes, claims, resources, authorizationDetails];
  return {
    scopes,
    claims,
    resources,
    authorizationDetails,
    isEmpty: missing.every(({ length }) => length === 0),
  };
}

/** The claims that the `claims` parameter names (OpenID Connect Core §5.5), each once. */
function claimNames({ claims }: AuthorizationRequest): readonly string[] {
  const names = [claims?.userinfo, claims?.id_token].flatMap((part) => Object.keys(part ?? {}));
  return [...new Set(names)];
}

const beyond = (requested: readonly string[], agreed: readonly string[] = []): readonly string[] =>
  requested.filter((one) => !agreed.includes(one));

/** Details are compared whole: another amount needs another consent (RFC 9396 §2). */
function detailsBeyond(
  { authorizationDetails }: AuthorizationRequest,
  agreed: readonly AuthorizationDetail[] = [],
): readonly AuthorizationDetail[] {
  const agreedTexts = new Set(agreed.map(canonicalJson));
  return authorizationDetails.filter((detail) => !agreedTexts.has(canonicalJson(detail)));
}

/** JSON with sorted members: equal values have equal texts. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) => sorted(member));
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
