import { createHash, randomBytes } from 'node:crypto';

import { issuer } from './provider.ts';

/** Parameters that are sent without a check, so that tests can send invalid ones. */
export type Fields = Readonly<Record<string, string | undefined>>;
/** `URLSearchParams` can have a parameter twice. */
export type Form = Fields | URLSearchParams;

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `{}` if the answer is not a JSON object. */
  readonly body: Readonly<Record<string, unknown>>;
};

export async function send(path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(new URL(path, issuer()), { redirect: 'manual', ...init });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: toObject(text) };
}

function toObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export const formOf = (form: Form): URLSearchParams =>
  form instanceof URLSearchParams
    ? form
    : new URLSearchParams(
        Object.entries(form).flatMap(([name, value]) =>
          value === undefined ? [] : [[name, value] as [string, string]],
        ),
      );

export const post = (
  path: string,
  form: Form,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> => send(path, { method: 'POST', body: formOf(form), headers });

export const postToken = (form: Form, headers?: Readonly<Record<string, string>>) =>
  post('/oauth2/token', form, headers);

export const postPar = (form: Form, headers?: Readonly<Record<string, string>>) =>
  post('/oauth2/par', form, headers);

/** Sends a GET request with an `Authorization` header, or without one. */
export const get = (path: string, authorization?: string): Promise<Answer> =>
  send(path, authorization === undefined ? {} : { headers: { authorization } });

export const authorizeUrl = (form: Form): URL =>
  new URL(`/oauth2/authorize?${formOf(form)}`, issuer());

export type Pkce = { readonly verifier: string; readonly challenge: string };

export function newPkce(): Pkce {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: s256(verifier) };
}

export const s256 = (text: string): string => createHash('sha256').update(text).digest('base64url');

export const claimsOf = (jwt: unknown): Readonly<Record<string, unknown>> =>
  toObject(Buffer.from(String(jwt).split('.')[1] ?? '', 'base64url').toString());

/** The status and the error code in one text, to compare refusals. */
export const refusal = ({ status, body }: Answer): string => `${status} ${String(body['error'])}`;
