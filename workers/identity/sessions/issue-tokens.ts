import { type Millis, type NumericDate, toNumericDate } from '../../../shared/clock.ts';
import type {
  AccessTokenRecord,
  SessionLimits,
} from '../../../shared/contracts/identity/user-sessions.ts';
import type { KeysRpc, SigningAlgorithm } from '../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { type AccountId, type ClientId, newTokenId, type TokenId } from '../../../shared/ids.ts';
import { accessTokenId, type RefreshToken, seal } from '../../../shared/tokens/refresh-token.ts';
import type { SealingKeys } from '../../../shared/tokens/sealing-keys.ts';
import { type AccessTerms, accessClaims } from './access-token.ts';
import type { Users } from './user-sessions.ts';

export type IssueAccessTokenNeeds = {
  readonly config: {
    readonly issuer: string;
    readonly audience: string;
    readonly clientId: ClientId;
    readonly limits: Pick<SessionLimits, 'accessSeconds'>;
  };
  readonly keys: Pick<KeysRpc, 'signJwt'>;
  readonly users: Users;
};

export type IssueTokensNeeds = IssueAccessTokenNeeds & {
  readonly sealingKeys: () => Promise<SealingKeys>;
};

export type AccessTokenRequest = {
  readonly terms: AccessTerms;
  readonly issuedAt: Millis;
  /** When the token is answered. `expiresIn` is counted from here. */
  readonly now: Millis;
  /** `ES256` where left out. */
  readonly alg?: SigningAlgorithm;
  /** What each of its audiences sets, in seconds. The shortest counts. `null`: as the deployment sets. */
  readonly lifetimes?: readonly (number | null)[];
  /** The latest `exp` that it may have. */
  readonly notAfter?: NumericDate;
  /**
   * Whose object must know how long the tokens of the session live. `null`: it need not be told, because
   * the token has no session, or comes from one that lives as long.
   */
  readonly owner: AccountId | null;
};

export type TokensRequest = Omit<AccessTokenRequest, 'owner'> & {
  readonly refreshToken: RefreshToken;
  /** The refresh token has been used and stays good. */
  readonly isKept: boolean;
};

export type IssuedAccessToken = {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number;
};

export type IssuedTokens = IssuedAccessToken & { readonly refreshToken: string };

/**
 * Signs the access token and seals the refresh token of one generation. If it is called again for the same
 * generation, the refresh token is the same byte for byte and the access token has the same claims. Each
 * use of a kept refresh token gets an access token with an id of its own. Does NOT ask whether the terms
 * were granted.
 *
 * @throws {Problem} As {@link issueAccessToken}.
 */
export async function issueTokens(
  { refreshToken, isKept, ...tokens }: TokensRequest,
  needs: IssueTokensNeeds,
): Promise<IssuedTokens> {
  const { accountId, familyId, generation } = refreshToken;
  const request = { ...tokens, owner: isRecorded(tokens, needs.config.limits) ? null : accountId };
  const tokenId = isKept
    ? newTokenId()
    : await accessTokenId(familyId, generation, tokens.issuedAt);
  const [issued, text] = await Promise.all([
    sign(tokenId, request, needs),
    sealed(refreshToken, needs),
  ]);
  return { ...issued, refreshToken: text };
}

/** The object that judged the refresh token knows of access tokens that live as the deployment's do. */
const isRecorded = (
  request: Omit<AccessTokenRequest, 'owner'>,
  limits: Pick<SessionLimits, 'accessSeconds'>,
): boolean => expiryOf(request, limits) <= toNumericDate(request.issuedAt) + limits.accessSeconds;

const sealed = async (
  refreshToken: RefreshToken,
  { sealingKeys }: IssueTokensNeeds,
): Promise<string> => seal(await sealingKeys(), refreshToken);

/**
 * Signs an access token that comes without a refresh token. Does NOT ask whether its terms were granted.
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, if the keys do not answer; `SERVICE_UNAVAILABLE`, if the owner's
 *   object does not; `SESSION_TERMINATED`, if the session has ended meanwhile.
 */
export const issueAccessToken = (
  request: AccessTokenRequest,
  needs: IssueAccessTokenNeeds,
): Promise<IssuedAccessToken> => sign(newTokenId(), request, needs);

async function sign(
  tokenId: TokenId,
  request: AccessTokenRequest,
  { config, keys, users }: IssueAccessTokenNeeds,
): Promise<IssuedAccessToken> {
  const { terms, issuedAt, now, alg, owner } = request;
  const { issuer, audience, clientId: firstPartyClientId } = config;
  const expiresAt = expiryOf(request, config.limits);
  if (owner !== null && terms.session !== null) {
    await record(owner, { sessionId: terms.session.sessionId, expiresAt }, users);
  }
  const issuance = { issuer, audience, firstPartyClientId, tokenId, issuedAt, expiresAt };
  const claims = accessClaims(terms, issuance);
  const accessToken = await orUnavailable(
    'the keys',
    () => keys.signJwt({ typ: 'at+jwt', alg, claims }),
    'TOKEN_KMS_ERROR',
  );
  return { accessToken, expiresIn: Math.max(0, expiresAt - toNumericDate(now)) };
}

/** Before the token exists: what is issued and not known of would outlive the end of its session. */
async function record(owner: AccountId, token: AccessTokenRecord, users: Users): Promise<void> {
  if (await users(owner).recordAccessToken(token)) return;
  throw new Problem('SESSION_TERMINATED');
}

function expiryOf(
  { issuedAt, lifetimes = [null], notAfter = Infinity }: Omit<AccessTokenRequest, 'owner'>,
  { accessSeconds }: Pick<SessionLimits, 'accessSeconds'>,
): NumericDate {
  const lifetime = Math.min(...lifetimes.map((one) => one ?? accessSeconds));
  return Math.min(toNumericDate(issuedAt) + lifetime, notAfter);
}
