import { type Clock, type NumericDate } from '../../../../shared/clock.ts';
import type { AuthorizationDetail } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { SigningAlgorithm } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { type AccessTerms, termsOf } from '../../sessions/access-token.ts';
import {
  type AccessTokenRequest,
  type IssueAccessTokenNeeds,
  type IssuedAccessToken,
  type IssueTokensNeeds,
  issueAccessToken,
  issueTokens,
} from '../../sessions/issue-tokens.ts';
import type { RotatedToken } from '../../sessions/rotate-refresh-token.ts';
import type { Client } from '../clients/client.ts';
import type { FindResourceNeeds, Resource } from '../resources/resource-store.ts';
import { confirmationOf, type TokenRequest, type TokenResponse } from './grant.ts';
import { type IdTokenNeeds, issueIdToken } from './id-token.ts';
import type { Narrowed } from './narrow.ts';

export type IssueUserTokensNeeds = IssueTokensNeeds & IdTokenNeeds & FindResourceNeeds;

/** One generation of a grant's tokens. */
export type UserTokens = Omit<RotatedToken, 'refreshExpiresAt'> & {
  readonly narrowed: Narrowed;
  readonly nonce: string | null;
};

type Receiver = Pick<TokenRequest, 'client' | 'proof'>;

/**
 * Issues the tokens of a grant that a user gave: an access token, a refresh token if the client may use
 * one, an ID token if it is an authentication.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, `SERVICE_UNAVAILABLE`
 */
export async function issueUserTokens(
  { grant, narrowed, nonce, ...generation }: UserTokens,
  { client, proof }: Receiver,
  needs: IssueUserTokensNeeds,
): Promise<TokenResponse> {
  const { scopes, ...policy } = await tokenPolicy(client, narrowed, needs);
  const { resources } = narrowed;
  const isFirstParty = client.skipConsent;
  const confirmation = confirmationOf(proof);
  const terms = { ...termsOf(grant), resources, scopes, confirmation, isFirstParty };
  const issued = await issueTokens({ ...generation, ...policy, terms }, needs);
  const { accessToken, refreshToken } = issued;
  const { issuedAt } = generation;
  const idToken = narrowed.scopes.includes('openid')
    ? await issueIdToken({ client, grant, narrowed, accessToken, issuedAt, nonce }, needs)
    : undefined;
  return tokenResponse(issued, proof, {
    scopes: narrowed.scopes,
    details: terms.authorizationDetails,
    refreshToken: client.grantTypes.includes('refresh_token') ? refreshToken : undefined,
    idToken,
  });
}

export type AccessTokenOnlyNeeds = IssueAccessTokenNeeds &
  FindResourceNeeds & { readonly clock: Clock };

/** The terms of a token that comes without a refresh token. Its `resources` have been checked. */
export type AccessTokenOnly = Omit<AccessTerms, 'clientId' | 'confirmation'> &
  Pick<AccessTokenRequest, 'owner'> & {
    /** The latest `exp` that it may have. */
    readonly notAfter?: NumericDate;
  };

/**
 * Issues an access token without a refresh token or an ID token, bound to what the sender proved to hold.
 * Does NOT ask whether its terms were granted.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, `SERVICE_UNAVAILABLE`
 */
export async function issueAccessTokenOnly(
  { notAfter = Infinity, owner, ...granted }: AccessTokenOnly,
  { client, proof }: Receiver,
  needs: AccessTokenOnlyNeeds,
): Promise<TokenResponse> {
  const { scopes, ...policy } = await tokenPolicy(client, granted, needs);
  const { clientId } = client;
  const terms = { ...granted, scopes, clientId, confirmation: confirmationOf(proof) };
  const now = needs.clock();
  const request = { ...policy, terms, owner, issuedAt: now, now, notAfter };
  const issued = await issueAccessToken(request, needs);
  return tokenResponse(issued, proof, { scopes, details: terms.authorizationDetails });
}

type ResponseParts = {
  readonly scopes: readonly string[];
  readonly details: readonly AuthorizationDetail[];
  readonly refreshToken?: string | undefined;
  readonly idToken?: string | undefined;
};

/** RFC 6749 §5.1. */
const tokenResponse = (
  { accessToken, expiresIn }: IssuedAccessToken,
  { dpopJkt }: TokenRequest['proof'],
  { scopes, details, refreshToken, idToken }: ResponseParts,
): TokenResponse => ({
  access_token: accessToken,
  token_type: dpopJkt === null ? 'Bearer' : 'DPoP',
  expires_in: expiresIn,
  // A list of scopes is never empty (RFC 6749 §3.3).
  ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
  ...(idToken === undefined ? {} : { id_token: idToken }),
  ...(details.length === 0 ? {} : { authorization_details: details }),
});

/** What the resource servers of a token registered about tokens for them. */
type TokenPolicy = {
  readonly scopes: readonly string[];
  readonly alg: SigningAlgorithm;
  /** Seconds. `null`: as the deployment's. */
  readonly lifetimes: readonly (number | null)[];
};

/**
 * Applies what resource servers registered: the scopes that they take, how long tokens for them live,
 * and, where it is one server, how they are signed.
 */
async function tokenPolicy(
  client: Client,
  { scopes, resources }: Narrowed,
  { cachedResources }: FindResourceNeeds,
): Promise<TokenPolicy> {
  const found = await Promise.all(resources.map((resource) => cachedResources.find(resource)));
  const servers = found.filter((resource) => resource !== undefined);
  const alg = resources.length === 1 ? servers[0]?.accessTokenSigningAlg : null;
  return {
    scopes: servers.length === resources.length ? scopesFor(scopes, servers) : scopes,
    alg: alg ?? client.accessTokenSigningAlg,
    lifetimes: servers.length === 0 ? [null] : servers.map((one) => one.accessTokenSeconds),
  };
}

/** A server that registered no scopes takes all, as the deployment itself does. */
function scopesFor(scopes: readonly string[], servers: readonly Resource[]): readonly string[] {
  const takesAll = servers.length === 0 || servers.some((server) => server.scopes.length === 0);
  if (takesAll) return scopes;
  const taken = new Set(servers.flatMap((server) => server.scopes));
  return scopes.filter((scope) => taken.has(scope));
}
