import { importJWK, type JWK, SignJWT } from 'jose';

import { type Answer, postForm } from './code-flow.ts';
import type { Client } from './holdings.ts';

type Target = { readonly url: string; readonly issuer: string };

/** Posts to the token endpoint with a DPoP proof, and again if it demands a nonce (RFC 9449 §8). */
export async function postWithProof(
  { url, issuer }: Target,
  client: Client,
  form: Readonly<Record<string, string>>,
  key: object,
): Promise<Answer> {
  const post = async (nonce?: string) =>
    postForm(`${url}/oauth2/token`, client, form, {
      dpop: await proof(key, `${issuer}/oauth2/token`, nonce),
    });
  const first = await post();
  return first.body['error'] === 'use_dpop_nonce'
    ? post(first.headers.get('dpop-nonce') ?? '')
    : first;
}

async function proof(key: JWK, htu: string, nonce: string | undefined): Promise<string> {
  const { d: _, ...jwk } = key;
  const claims = { jti: crypto.randomUUID(), htm: 'POST', htu, ...(nonce && { nonce }) };
  return new SignJWT(claims)
    .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
    .setIssuedAt()
    .sign(await importJWK(key, 'ES256'));
}

/** Posts to the token endpoint with a client assertion (RFC 7523 §2.2). */
export async function postWithAssertion(
  { url, issuer }: Target,
  { clientId }: Client,
  form: Readonly<Record<string, string>>,
  key: object,
): Promise<Answer> {
  const assertion = await new SignJWT({ jti: crypto.randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(await importJWK(key, 'ES256'));
  const type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
  const authentication = { client_assertion_type: type, client_assertion: assertion };
  return postForm(`${url}/oauth2/token`, { clientId }, { ...form, ...authentication });
}
