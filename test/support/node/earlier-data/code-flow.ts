/**
 * A minimal OAuth client, without code of the repository.
 *
 * @module
 */

import { createHash, randomBytes } from 'node:crypto';

import { Page, type UserAgent } from '../user-agent.ts';
import type { Client, Grant } from './holdings.ts';

/** No server is at this address. */
export const REDIRECT = 'https://client.example.test/callback';

type Fields = Readonly<Record<string, string>>;

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Fields;
};

/** Posts a form. A client with a secret authenticates by it; one without sends its id. */
export async function postForm(
  url: string,
  { clientId, clientSecret }: Client,
  form: Fields,
  headers: Fields = {},
): Promise<Answer> {
  const basic = Buffer.from(`${clientId}:${clientSecret ?? ''}`).toString('base64');
  const own: Fields = clientSecret === undefined ? {} : { authorization: `Basic ${basic}` };
  const named: Fields = clientSecret === undefined ? { client_id: clientId } : {};
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...own, ...headers },
    body: new URLSearchParams({ ...named, ...form }),
  });
  const text = await response.text();
  const body = text === '' ? {} : (JSON.parse(text) as Fields);
  return { status: response.status, headers: response.headers, body };
}

export type Code = { readonly code: string; readonly verifier: string };

/** Requests a code in the browser of a signed-in user, who allows the request if asked. */
export async function requestCode(
  agent: UserAgent,
  { clientId }: Client,
  more: Fields = {},
): Promise<Code & { readonly sawConsentPage: boolean }> {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: clientId,
    redirect_uri: REDIRECT,
    response_type: 'code',
    scope: 'openid profile email offline_access',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  });
  const reached = await agent.go(`/oauth2/authorize?${query}`);
  const sawConsentPage = reached instanceof Page;
  const { url } = sawConsentPage ? await agent.press(reached, 'Allow') : reached;
  const code = url.searchParams.get('code');
  if (code === null) throw new Error(`Cannot get a code: came to ${url}`);
  return { code, verifier, sawConsentPage };
}

/** The form that exchanges a code for tokens. */
export const redemption = ({ code, verifier }: Code): Fields => ({
  grant_type: 'authorization_code',
  code,
  code_verifier: verifier,
  redirect_uri: REDIRECT,
});

export const renewal = (refreshToken: string): Fields => ({
  grant_type: 'refresh_token',
  refresh_token: refreshToken,
});

/** @throws {Error} If they were refused. */
export function grantIn({ status, body }: Answer): Grant {
  if (status !== 200) throw new Error(`Cannot get tokens: ${status} ${JSON.stringify(body)}`);
  const { access_token = '', refresh_token = '', id_token = '' } = body;
  return { accessToken: access_token, refreshToken: refresh_token, idToken: id_token };
}
