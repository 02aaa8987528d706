import type {
  AuthorizationDetail,
  RequestedClaims,
} from '../../../../shared/contracts/identity/oauth-terms.ts';

export const RESPONSE_MODES = [
  'query',
  'fragment',
  'form_post',
  'jwt',
  'query.jwt',
  'fragment.jwt',
  'form_post.jwt',
] as const;
export type ResponseMode = (typeof RESPONSE_MODES)[number];

/** In the place of a code challenge: the code needs no verifier. A verifier's hash never equals it. */
export const NO_CHALLENGE = '';

export const PROMPTS = ['none', 'login', 'consent', 'select_account', 'create'] as const;
export type Prompt = (typeof PROMPTS)[number];

/**
 * An authorization request whose every part was checked (RFC 6749 §4.1.1, OpenID Connect Core
 * §3.1.2.1). Plain JSON: it is stored while the user signs in.
 */
export type AuthorizationRequest = {
  readonly clientId: string;
  /** Registered, compared exactly; for a native client's loopback address with the request's port. */
  readonly redirectUri: string;
  readonly responseMode: ResponseMode;
  readonly state: string | null;
  /** Those that the client may have; `openid` makes it an authentication request. */
  readonly scopes: readonly string[];
  readonly nonce: string | null;
  /** S256 (RFC 7636 §4.2), or {@link NO_CHALLENGE}. */
  readonly codeChallenge: string;
  /** Thumbprint of the DPoP key that must redeem the code (RFC 9449 §10). */
  readonly dpopJkt: string | null;
  readonly prompts: readonly Prompt[];
  /** Seconds. */
  readonly maxAge: number | null;
  readonly loginHint: string | null;
  /** The `sub` that an `id_token_hint` or a `sub` claim request names. */
  readonly requiredSubject: string | null;
  readonly acrValues: readonly string[];
  /** An essential `acr`: another one fails the request. */
  readonly essentialAcr: boolean;
  readonly uiLocales: readonly string[];
  readonly claims: RequestedClaims | null;
  readonly resources: readonly string[];
  readonly authorizationDetails: readonly AuthorizationDetail[];
};

/** Where an answer goes, and how: the redirect URI is one of the client's. */
export type ReturnAddress = Pick<
  AuthorizationRequest,
  'clientId' | 'redirectUri' | 'responseMode' | 'state'
>;

/** The members of an authorization response (RFC 6749 §4.1.2, §4.1.2.1). */
export type ResponseMembers = Readonly<Record<string, string>>;
