/**
 * ID tokens (OpenID Connect Core §2, §3.1.3.6).
 *
 * @module
 */

import { toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import { type Millis, toNumericDate } from '../../../../shared/clock.ts';
import type { SessionGrant } from '../../../../shared/contracts/identity/user-sessions.ts';
import type { SigningAlgorithm } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import { isForUs } from '../../sessions/access-token.ts';
import type { Client } from '../clients/client.ts';
import { type SignForClientNeeds, signForClient } from '../clients/sign-for-client.ts';
import { needsAccount, roleClaims, roleScopes, userClaims } from '../tokens/user-claims.ts';
import type { Narrowed } from './narrow.ts';

export type IdTokenNeeds = SignForClientNeeds & {
  readonly config: {
    readonly audience: string;
    readonly oauth: { readonly idTokenSeconds: number };
  };
  readonly accounts: () => Pick<AccountStore, 'find'>;
};

export type IdTokenRequest = {
  readonly client: Client;
  readonly grant: SessionGrant;
  /** What the access token beside it is for. */
  readonly narrowed: Narrowed;
  /** The access token that it comes with. */
  readonly accessToken: string;
  readonly issuedAt: Millis;
  /** Only the first ID token of an authentication carries it (OpenID Connect Core §12.2). */
  readonly nonce: string | null;
};

/**
 * Signs an ID token, and encrypts it where the client asks for that. Claims that scopes request are in it
 * only as {@link idTokenScopes} says: userinfo answers those (OpenID Connect Core §5.4).
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, or `SERVICE_UNAVAILABLE` if it needs the account and that cannot
 *   be read.
 * @throws {OAuthError} `invalid_client` if the client publishes no key to encrypt to.
 */
export async function issueIdToken(request: IdTokenRequest, needs: IdTokenNeeds): Promise<string> {
  const { client } = request;
  const { idTokenSignedResponseAlg: alg, idTokenEncryption: encryption } = client;
  const [requested, atHash] = await Promise.all([
    requestedClaims(request, needs),
    leftHalf(request.accessToken, alg),
  ]);
  const claims = { ...requested, ...standardClaims(request, needs), at_hash: atHash };
  return signForClient({ typ: 'JWT', alg, encryption, claims }, client, needs);
}

/** All but `iss` and `aud`, which `signForClient` adds. */
function standardClaims(
  { grant, issuedAt, nonce }: Pick<IdTokenRequest, 'grant' | 'issuedAt' | 'nonce'>,
  { config }: Pick<IdTokenNeeds, 'config'>,
) {
  const iat = toNumericDate(issuedAt);
  const sid = grant.oauth?.browserSessionId ?? null;
  return {
    sub: grant.oauth?.subject ?? grant.accountId,
    exp: iat + config.oauth.idTokenSeconds,
    iat,
    auth_time: toNumericDate(grant.authTime),
    acr: grant.acr,
    amr: grant.amr,
    ...(nonce === null ? {} : { nonce }),
    ...(sid === null ? {} : { sid }),
  };
}

/**
 * OpenID Connect Core §5.4, §5.5. The account is read only if a claim about it was requested: the user's
 * object has told the roles.
 */
async function requestedClaims(
  { client, grant, narrowed }: Pick<IdTokenRequest, 'client' | 'grant' | 'narrowed'>,
  { accounts, config }: Pick<IdTokenNeeds, 'accounts' | 'config'>,
): Promise<Readonly<Record<string, unknown>>> {
  const scopes = idTokenScopes(client, narrowed, config);
  const requests = grant.oauth?.claims?.id_token ?? {};
  if (!needsAccount(requests, scopes)) return roleClaims(grant, scopes, requests);
  const account = await orUnavailable('the accounts', async () => accounts().find(grant.accountId));
  return account === undefined ? {} : userClaims(account, scopes, requests);
}

/**
 * The scopes whose claims an ID token carries. Those of roles, because many relying parties look for them
 * nowhere else; all of them where the access token is not for userinfo, so that the client has no other way
 * to get them (OpenID Connect Core §5.4). A client may register that it wants all, or none.
 */
function idTokenScopes(
  { idTokenClaims }: Client,
  narrowed: Narrowed,
  config: { readonly audience: string },
): readonly string[] {
  if (idTokenClaims === false) return [];
  const isWhole = idTokenClaims === true || !isForUs(narrowed, config);
  return isWhole ? narrowed.scopes : roleScopes(narrowed.scopes);
}

/** `at_hash` (OpenID Connect Core §3.1.3.6): by the hash of the ID token's own algorithm. */
async function leftHalf(text: string, alg: SigningAlgorithm): Promise<string> {
  const hash = await crypto.subtle.digest(alg === 'EdDSA' ? 'SHA-512' : 'SHA-256', utf8(text));
  return toBase64Url(new Uint8Array(hash, 0, hash.byteLength / 2));
}
