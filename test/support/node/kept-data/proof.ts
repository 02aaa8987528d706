import { importJWK, type JWK, SignJWT } from 'jose';

import { type Answer, postForm } from './code-flow.ts';
import type { Client } from './holdings.ts';

type Asked = { readonly url: string; readonly issuer: string };

/** Asks the token endpoint with a DPoP proof, once more where it wants a nonce in it (RFC 9449 §8). */
export async function postWithProof(
  { url, issuer }: Asked,
  client: Client,
  form: Readonly<Record<string, string>>,
  key: object,
): Promise<Answer> {
  const ask = async (nonce?: string) =>
    postForm(`${url}/oauth2/token`, client, form, {
      dpop: await proof(key, `${issuer}/oauth2/token`, nonce),
    });
  const first = await ask();
  return first.body['error'] === 'use_dpop_nonce'
    ? ask(first.headers.get('dpop-nonce') ?? '')
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

/** Asks the token endpoint as a client that signs an assertion (RFC 7523 §2.2). */
export async function postWithAssertion(
  { url, issuer }: Asked,
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
  const shown = { client_assertion_type: type, client_assertion: assertion };
  return postForm(`${url}/oauth2/token`, { clientId }, { ...form, ...shown });
}
