/**
 * Rotates a token-signing key of a deployment.
 *
 *     SALLYPORT_ADMIN_PASSWORD=… npm run keys:rotate -- --url https://id.example.com --email admin@example.com
 *
 * `--alg` is the key's algorithm: ES256 (the default), EdDSA, RS256 or PS256. With `--expected-kid`,
 * nothing is rotated if that key is no longer the current one, so the command can be repeated.
 *
 * @module
 */

import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    email: { type: 'string' },
    alg: { type: 'string' },
    'expected-kid': { type: 'string' },
  },
});
const password = process.env['SALLYPORT_ADMIN_PASSWORD'];
if (values.email === undefined || password === undefined) {
  throw new Error('Cannot sign in: pass --email and set SALLYPORT_ADMIN_PASSWORD');
}

const { accessToken = '' } = await post('/api/v1/auth/login', { email: values.email, password });
const { previousKid, currentKid, nextKid } = await post(
  '/api/v1/keys/rotate',
  { alg: values.alg, expectedKid: values['expected-kid'] },
  { authorization: `Bearer ${accessToken}` },
);
console.log(`previous  ${previousKid}\ncurrent   ${currentKid}\nnext      ${nextKid}`);

type Answer = Readonly<Partial<Record<string, string>>>;

/** @throws {Error} With the problem's code if the answer is not a success. */
async function post(
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const response = await fetch(new URL(path, values.url), {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer = textMembers(await response.json().catch(() => undefined));
  if (response.ok) return answer;
  throw new Error(`Cannot ${path}: ${response.status} ${answer['code'] ?? ''}`);
}

function textMembers(value: unknown): Answer {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(members.filter(([, member]) => typeof member === 'string'));
}
