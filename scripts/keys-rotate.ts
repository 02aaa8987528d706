/**
 * Rotates the token-signing key of a deployment, at once.
 *
 *     SALLYPORT_ADMIN_PASSWORD=… npm run keys:rotate -- --url https://id.example.com --email admin@example.com
 *
 * `--expected-kid` makes a repetition harmless: nothing happens if that key is no longer current.
 *
 * @module
 */

import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    email: { type: 'string' },
    'expected-kid': { type: 'string' },
  },
});
const password = process.env['SALLYPORT_ADMIN_PASSWORD'];
if (values.email === undefined || password === undefined) {
  throw new Error('Cannot sign in: pass --email and set SALLYPORT_ADMIN_PASSWORD');
}

const login = await post('/api/v1/auth/login', { email: values.email, password });
const rotation = await post(
  '/api/v1/keys/rotate',
  { expectedKid: values['expected-kid'] },
  { authorization: `Bearer ${login['accessToken']}` },
);
console.log(`previous  ${rotation['previousKid']}`);
console.log(`current   ${rotation['currentKid']}`);
console.log(`next      ${rotation['nextKid']}`);

/** @throws {Error} With the problem's code if the answer is not a success. */
async function post(
  path: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const response = await fetch(new URL(path, values.url), {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer = toRecord(await response.json().catch(() => undefined));
  if (response.ok) return answer;
  throw new Error(`Cannot ${path}: ${response.status} ${answer['code'] ?? ''}`);
}

const toRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
