import { exportJWK, generateKeyPair, type JSONWebKeySet, SignJWT } from 'jose';

/** The issuer of the tokens that the benchmark makes itself. */
export const ISSUER = 'https://id.example.com';

/** An access token with the claims of Sallyport's (RFC 9068), and the key set that verifies it. */
export async function issueToken(): Promise<{
  readonly token: string;
  readonly jwks: JSONWebKeySet;
}> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' };
  const token = await new SignJWT(CLAIMS)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'bench' })
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  return { token, jwks: { keys: [jwk] } };
}

const CLAIMS = {
  iss: ISSUER,
  aud: ISSUER,
  sub: '0199c0de-0000-7000-8000-000000000000',
  client_id: 'sallyport',
  scope: 'openid profile',
  sid: 'ses_abcdefghijklmnopqrstuvwxyz',
  jti: 'abcdefghijklmnopqrstuvwxyz',
  auth_time: 1_790_000_000,
  acr: '1',
  amr: ['pwd'],
  roles: ['player'],
};
