import { type NumericDate, toNumericDate } from '../../../../shared/clock.ts';
import type {
  Actor,
  AuthorizationDetail,
  Confirmation,
} from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { type AccountId, SessionId } from '../../../../shared/ids.ts';
import { isConfirmed } from '../../../../shared/oauth/confirmation.ts';
import { err, ok, type Result } from '../../../../shared/result.ts';
import type { AccessToken } from '../../../../shared/tokens/access-token.ts';
import { isJsonObject, type JsonObject } from '../../../../shared/tokens/strict-json.ts';
import type { TokenError } from '../../../../shared/tokens/token-error.ts';
import type { TokenSession } from '../../sessions/access-token.ts';
import { accountOfSubject } from '../../sessions/pairwise-subject.ts';
import { type StrongCheckNeeds, strongCheck } from '../../sessions/token-status.ts';
import type { Users } from '../../sessions/user-sessions.ts';
import type { Consent, ConsentStore } from '../authorize/consent-store.ts';
import type { Client } from '../clients/client.ts';
import { type ActiveClientNeeds, isActiveClient } from '../clients/client-directory.ts';
import { allowedScopes } from '../clients/scopes.ts';
import type { RefuseNeeds, SenderProof, TokenRequest } from '../issue/grant.ts';
import { isIssuedToOrFor } from '../resources/check-resources.ts';
import type { LiveTokens } from '../tokens/live-tokens.ts';
import {
  type IdTokenHint,
  type VerifyOwnJwtNeeds,
  verifyIdTokenHint,
} from '../tokens/verify-own-jwt.ts';
import { type PresentedToken, tokenRefusal } from './presented-token.ts';

export type PartyNeeds = ActiveAccessTokenNeeds &
  VerifyOwnJwtNeeds &
  RefuseNeeds & {
    readonly config: { readonly audience: string };
    readonly consents: () => Pick<ConsentStore, 'find'>;
    readonly pairwiseKey: () => Promise<CryptoKey>;
    readonly users: Users;
  };

/**
 * Reads which party a presented token represents.
 *
 * @throws {OAuthError} `invalid_request` if it is not good, or not for this client to exchange.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
export async function readParty(
  { role, kind, text }: PresentedToken,
  request: TokenRequest,
  needs: PartyNeeds,
): Promise<Party> {
  const { client, proof } = request;
  const party =
    kind === 'id_token'
      ? await idTokenParty(text, client, needs)
      : await accessTokenParty(text, needs);
  if (!party.ok) throw tokenRefusal(role, party.error, request, needs);
  const fault = admissionFault(party.value, client, proof);
  if (fault !== undefined) throw tokenRefusal(role, fault, request, needs);
  return party.value;
}

/** The party that a token represents, and what the token allows. */
export type Party = {
  readonly subject: string;
  /** The client that it was issued to. */
  readonly clientId: string;
  /** Whom the new token is for where the request names nobody. */
  readonly audiences: readonly string[];
  /** Whom else it may be for, because the user agreed to them. */
  readonly agreedResources: readonly string[];
  readonly scopes: readonly string[];
  readonly expiresAt: NumericDate;
  readonly authorizationDetails: readonly AuthorizationDetail[];
  /** The key that whoever presents it must hold. */
  readonly confirmation: Confirmation | null;
  /** RFC 8693 §4.1. */
  readonly actor: Actor | null;
  /** Who may act. `null`: anybody (RFC 8693 §4.4). */
  readonly mayAct: JsonObject | null;
  readonly origin: PartyOrigin;
};

/** The session behind the token. */
export type PartyOrigin =
  /** `null`: a client's own token. */
  | { readonly kind: 'access_token'; readonly session: TokenSession | null }
  /** An ID token names the session of a browser, which belongs to no client. */
  | { readonly kind: 'id_token'; readonly browser: SessionGrant };

/**
 * Reads which party one of our access tokens represents, if it is good at this moment.
 *
 * @returns Why it is not, for the log.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
async function accessTokenParty(
  text: string,
  needs: ActiveAccessTokenNeeds,
): Promise<Result<Party, string>> {
  const active = await activeAccessToken(text, needs);
  return active.ok ? partyOf(active.value) : err(active.error.reason);
}

type ActiveAccessTokenNeeds = StrongCheckNeeds &
  ActiveClientNeeds & { readonly liveTokens: Pick<LiveTokens, 'verify'> };

/**
 * Verifies an access token of ours and asks the owners of its session, of its revocation and of its client
 * whether it is still good. What is issued for it must not outlive it, so a copy that may be seconds old is
 * not enough. Does NOT check its audience or its sender's key.
 *
 * @throws {Problem} `SERVICE_UNAVAILABLE` if one of them does not answer.
 */
async function activeAccessToken(
  token: string,
  needs: ActiveAccessTokenNeeds,
): Promise<Result<AccessToken, Pick<TokenError, 'reason'>>> {
  const verified = await needs.liveTokens.verify(token);
  if (!verified.ok) return verified;
  const { principal } = verified.value;
  const [status, isActive] = await Promise.all([
    orUnavailable('the revoked tokens', () => strongCheck(principal, needs)),
    isActiveClient(principal.clientId, needs),
  ]);
  return status === 'live' && isActive ? verified : err({ reason: 'revoked' });
}

function partyOf(token: AccessToken): Result<Party, string> {
  const { principal, audiences, expiresAt, claims } = token;
  const actors = actorClaims(claims);
  if (!actors.ok) return actors;
  const session = readSession(token);
  if (session === undefined) return err('session');
  return ok({
    subject: principal.subject,
    clientId: principal.clientId,
    audiences,
    agreedResources: [],
    scopes: principal.scopes,
    expiresAt,
    authorizationDetails: detailsOf(claims['authorization_details']),
    confirmation: principal.confirmation ?? null,
    ...actors.value,
    origin: { kind: 'access_token', session },
  });
}

/** @returns `undefined` if it names a session, but lacks other claims that come with one. */
function readSession(token: AccessToken): TokenSession | null | undefined {
  const { principal, authTime, acr, claims } = token;
  if (principal.sessionId === null) return null;
  const sessionId = SessionId.parse(principal.sessionId);
  const amr = [claims['amr']].flat().filter((method) => typeof method === 'string');
  if (sessionId === undefined || authTime === undefined || acr === undefined) return undefined;
  // A token that was not for our own audience has no roles, so the new token gets none either.
  return { sessionId, authTime: authTime * 1_000, acr, amr, roles: principal.roles };
}

const detailsOf = (claim: unknown): readonly AuthorizationDetail[] =>
  [claim].flat().flatMap((detail) => {
    if (!isJsonObject(detail)) return [];
    const { type, ...members } = detail;
    return typeof type === 'string' ? [{ type, ...members }] : [];
  });

/**
 * Reads which party one of our ID tokens represents, if it was issued to this client, has not expired, and
 * the user is still signed in in the browser that it came to. It is good for what the user agreed that the
 * client gets.
 *
 * @returns Why it is not, for the log.
 * @throws {Problem} `SERVICE_UNAVAILABLE`
 */
async function idTokenParty(
  text: string,
  client: Client,
  needs: PartyNeeds,
): Promise<Result<Party, string>> {
  const verified = await verifyIdTokenHint(text, needs);
  if (!verified.ok) return err(verified.error.reason);
  const token = verified.value;
  const expiresAt = Number(token.claims['exp']);
  if (expiresAt <= toNumericDate(needs.clock())) return err('expired');
  if (!token.audiences.includes(client.clientId)) return err('not_meant_for_client');
  const actors = actorClaims(token.claims);
  if (!actors.ok) return actors;
  const browser = await liveBrowser(token, needs);
  if (browser === undefined) return err('session_ended');
  const agreed = await agreedTo(browser.accountId, client, needs);
  if (agreed === undefined) return err('consent_withdrawn');
  return ok({
    subject: token.subject,
    clientId: client.clientId,
    audiences: [needs.config.audience],
    agreedResources: agreed.resources,
    scopes: agreed.scopes,
    expiresAt,
    authorizationDetails: [],
    confirmation: null,
    ...actors.value,
    origin: { kind: 'id_token', browser },
  });
}

async function liveBrowser(
  { subject, sessionId }: Pick<IdTokenHint, 'subject' | 'sessionId'>,
  { pairwiseKey, users }: Pick<PartyNeeds, 'pairwiseKey' | 'users'>,
): Promise<SessionGrant | undefined> {
  const account = await accountOfSubject(await pairwiseKey(), subject);
  if (account === undefined || sessionId === undefined) return undefined;
  const record = await users(account).readSession(sessionId);
  return record?.status === 'live' ? record.grant : undefined;
}

async function agreedTo(
  accountId: AccountId,
  client: Client,
  { consents }: Pick<PartyNeeds, 'consents'>,
): Promise<Pick<Consent, 'scopes' | 'resources'> | undefined> {
  if (client.skipConsent) return { scopes: allowedScopes(client, undefined), resources: [] };
  const consent = await orUnavailable('the consents', async () =>
    consents().find(accountId, client.clientId),
  );
  if (consent === undefined) return undefined;
  // An exchange issues no refresh token, so `offline_access` would allow nothing.
  const scopes = consent.scopes.filter((scope) => scope !== 'offline_access');
  return { scopes, resources: consent.resources };
}

/**
 * Reads `act` and `may_act` (RFC 8693 §4.1, §4.4).
 *
 * @returns The claim that has another shape than the RFC gives it, if one has.
 */
function actorClaims(
  claims: JsonObject,
): Result<Pick<Party, 'actor' | 'mayAct'>, 'act' | 'may_act'> {
  const { act, may_act: mayAct } = claims;
  const actor = act === undefined ? null : readActor(act);
  if (actor === undefined) return err('act');
  if (mayAct !== undefined && !isJsonObject(mayAct)) return err('may_act');
  return ok({ actor, mayAct: mayAct ?? null });
}

function readActor(value: unknown): Actor | undefined {
  if (!isJsonObject(value)) return undefined;
  const { sub, act, ...others } = value;
  if (typeof sub !== 'string') return undefined;
  if (act === undefined) return { ...others, sub };
  const before = readActor(act);
  return before && { ...others, sub, act: before };
}

/**
 * Why a client may not exchange a good token: the token was neither issued to the client nor meant for it,
 * or is bound to a key that the sender has not proved to hold (RFC 9449 §7, RFC 8705 §3).
 */
function admissionFault(
  party: Pick<Party, 'clientId' | 'audiences' | 'confirmation'>,
  client: Client,
  proof: SenderProof,
): 'not_meant_for_client' | 'sender_unproven' | undefined {
  if (!isIssuedToOrFor(client, party)) return 'not_meant_for_client';
  const proven = { jkt: proof.dpopJkt, 'x5t#S256': proof.certificateThumbprint };
  return isConfirmed(party.confirmation, proven) ? undefined : 'sender_unproven';
}
