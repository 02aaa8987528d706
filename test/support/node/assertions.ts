import { forge, type Signer } from '../jws-forge.ts';
import { type Administered, createClient } from './administered.ts';
import { nowSeconds } from './proofs.ts';
import { issuer } from './provider.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** A client that signs assertions with `signer`. */
export const createSigningClient = (
  signer: Signer,
  metadata: Claims = {},
  options: Parameters<typeof createClient>[1] = {},
): Promise<Administered> =>
  createClient(
    {
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['authorization_code', 'refresh_token'],
      jwks: { keys: [signer.jwk] },
      ...metadata,
    },
    options,
  );

/** A client's JWT for this issuer. It is valid unless `claims` or `header` change it. */
export function clientJwt(
  signer: Signer,
  { clientId }: Pick<Administered, 'clientId'>,
  claims: Claims = {},
  header: Claims = {},
): Promise<string> {
  const now = nowSeconds();
  return forge(
    signer,
    { alg: signer.alg, kid: signer.kid, ...header },
    { iss: clientId, aud: issuer(), iat: now, exp: now + 60, jti: crypto.randomUUID(), ...claims },
  );
}

export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** The parameters of a client assertion. It is valid unless `claims` or `header` change it. */
export const assertionOf = async (
  signer: Signer,
  client: Pick<Administered, 'clientId'>,
  claims: Claims = {},
  header: Claims = {},
) => ({
  client_assertion_type: ASSERTION_TYPE,
  client_assertion: await clientJwt(signer, client, { sub: client.clientId, ...claims }, header),
});
