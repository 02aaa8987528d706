import { type Millis, type NumericDate, toNumericDate } from '../../../shared/clock.ts';
import type {
  Actor,
  AuthorizationDetail,
  Confirmation,
} from '../../../shared/contracts/identity/oauth-terms.ts';
import type { SessionGrant } from '../../../shared/contracts/identity/user-sessions.ts';
import type { ClientId, SessionId, TokenId } from '../../../shared/ids.ts';
import { carriesRoles, FIRST_PARTY_CLAIM } from '../../../shared/tokens/access-token-claims.ts';

/** What an access token says, apart from when and by whom it is issued. */
export type AccessTerms = {
  readonly subject: string;
  readonly clientId: ClientId;
  /** The resource servers that it is for. None: the deployment's own audience. */
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  /** `null`: a client's own token. */
  readonly session: TokenSession | null;
  readonly confirmation: Confirmation | null;
  readonly actor: Actor | null;
  readonly authorizationDetails: readonly AuthorizationDetail[];
  /** Whether it is a registered client that is first-party. Absent: it is not. */
  readonly isFirstParty?: boolean;
};

/** The sign-in that a token comes from. */
export type TokenSession = {
  readonly sessionId: SessionId;
  readonly authTime: Millis;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly roles: readonly string[];
};

/** What a session's tokens say of it. */
export const termsOf = (grant: SessionGrant): AccessTerms => ({
  subject: grant.oauth?.subject ?? grant.accountId,
  clientId: grant.clientId,
  resources: grant.oauth?.resources ?? [],
  scopes: grant.scopes,
  session: grant,
  confirmation: null,
  actor: null,
  authorizationDetails: grant.oauth?.authorizationDetails ?? [],
});

/** The claims of an access token (RFC 9068 §2.2), and `sid`. */
export type AccessClaims = {
  readonly iss: string;
  readonly sub: string;
  readonly aud: string | readonly string[];
  readonly exp: NumericDate;
  readonly iat: NumericDate;
  readonly nbf: NumericDate;
  readonly jti: string;
  readonly client_id: string;
  /** Absent where there are none: a list of scopes is never empty (RFC 6749 §3.3). */
  readonly scope?: string;
  readonly sid?: string;
  readonly auth_time?: NumericDate;
  readonly acr?: string;
  readonly amr?: readonly string[];
  /** In tokens for our own audience only: nobody else learns what a user may do here. */
  readonly roles?: readonly string[];
  /** In tokens for our own audience only: the hub cannot look the client up. */
  readonly [FIRST_PARTY_CLAIM]?: true;
  /** RFC 7800 §3.1. */
  readonly cnf?: Confirmation;
  /** RFC 8693 §4.1. */
  readonly act?: Actor;
  /** RFC 9396 §9.1. */
  readonly authorization_details?: readonly AuthorizationDetail[];
};

export type Issuance = {
  readonly issuer: string;
  /** The deployment's own audience. */
  readonly audience: string;
  /** Our own client, whose tokens carry roles without asking for them. */
  readonly firstPartyClientId: ClientId;
  readonly tokenId: TokenId;
  readonly issuedAt: Millis;
  readonly expiresAt: NumericDate;
};

/** Equal arguments give equal claims: a repeated request gets the same token again. */
export function accessClaims(terms: AccessTerms, issuance: Issuance): AccessClaims {
  const { subject, clientId, resources, scopes, session, confirmation, actor } = terms;
  const iat = toNumericDate(issuance.issuedAt);
  const [only = issuance.audience, ...others] = resources;
  return {
    iss: issuance.issuer,
    sub: subject,
    aud: others.length === 0 ? only : resources,
    exp: issuance.expiresAt,
    iat,
    nbf: iat,
    jti: issuance.tokenId,
    client_id: clientId,
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    ...(session === null ? {} : sessionClaims(session, lendsRoles(terms, issuance))),
    ...(terms.isFirstParty === true && isForUs(terms, issuance)
      ? { [FIRST_PARTY_CLAIM]: true as const }
      : {}),
    ...(confirmation === null ? {} : { cnf: confirmation }),
    ...(actor === null ? {} : { act: actor }),
    ...detailsClaim(terms),
  };
}

const lendsRoles = (terms: AccessTerms, issuance: Issuance): boolean =>
  isForUs(terms, issuance) && carriesRoles(terms, issuance.firstPartyClientId);

/** Whether tokens for these resources are for the deployment itself: its API, its hub, userinfo. */
export const isForUs = (
  { resources }: Pick<AccessTerms, 'resources'>,
  { audience }: Pick<Issuance, 'audience'>,
): boolean => resources.length === 0 || resources.includes(audience);

const sessionClaims = (session: TokenSession, hasRoles: boolean) => ({
  sid: session.sessionId,
  auth_time: toNumericDate(session.authTime),
  acr: session.acr,
  amr: session.amr,
  ...(hasRoles ? { roles: session.roles } : {}),
});

const detailsClaim = ({ authorizationDetails }: AccessTerms) =>
  authorizationDetails.length === 0 ? {} : { authorization_details: authorizationDetails };
