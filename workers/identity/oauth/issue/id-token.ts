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
import type { Client } from '../clients/client.ts';
import { type SignForClientNeeds, signForClient } from '../clients/sign-for-client.ts';
import { needsAccount, userClaims } from '../tokens/user-claims.ts';

export type IdTokenNeeds = SignForClientNeeds & {
  readonly config: { readonly oauth: { readonly idTokenSeconds: number } };
  readonly accounts: () => Pick<AccountStore, 'find'>;
};

export type IdTokenRequest = {
  readonly client: Client;
  readonly grant: SessionGrant;
  /** The access token that it comes with. */
  readonly accessToken: string;
  readonly issuedAt: Millis;
  /** Only the first ID token of an authentication carries it (OpenID Connect Core §12.2). */
  readonly nonce: string | null;
};

/**
 * Signs an ID token, and encrypts it where the client asks for that. Claims that scopes request are not in
 * it: userinfo answers those (OpenID Connect Core §5.4).
 *
 * @throws {Problem} `TOKEN_KMS_ERROR`, or `SERVICE_UNAVAILABLE` if it needs the account and that cannot
 *   be read.
 * @throws {OAuthError} `invalid_client` if the client publishes no key to encrypt to.
 */
export async function issueIdToken(request: IdTokenRequest, needs: IdTokenNeeds): Promise<string> {
  const { client } = request;
  const { idTokenSignedResponseAlg: alg, idTokenEncryption: encryption } = client;
  const [requested, atHash] = await Promise.all([
    requestedClaims(request.grant, needs),
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

/** OpenID Connect Core §5.5. The account is read only if a claim about it was requested. */
async function requestedClaims(
  { accountId, oauth }: SessionGrant,
  { accounts }: Pick<IdTokenNeeds, 'accounts'>,
): Promise<Readonly<Record<string, unknown>>> {
  const requests = oauth?.claims?.id_token ?? {};
  if (!needsAccount(requests)) return {};
  const account = await orUnavailable('the accounts', async () => accounts().find(accountId));
  return account === undefined ? {} : userClaims(account, [], requests);
}

/** `at_hash` (OpenID Connect Core §3.1.3.6): by the hash of the ID token's own algorithm. */
async function leftHalf(text: string, alg: SigningAlgorithm): Promise<string> {
  const hash = await crypto.subtle.digest(alg === 'EdDSA' ? 'SHA-512' : 'SHA-256', utf8(text));
  return toBase64Url(new Uint8Array(hash, 0, hash.byteLength / 2));
}
