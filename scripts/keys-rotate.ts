/**
 * `npm run keys:rotate`: rotates a token-signing key of a deployment, as an administrator.
 *
 * @module
 */

import { SIGNING_ALGORITHMS } from '../shared/contracts/keys/keys-rpc.ts';
import { runCommand, UsageError } from './command/run-command.ts';
import { secretNames } from './settings/catalogue.ts';
import { checkSettings } from './settings/check-settings.ts';
import { environment } from './settings/sources.ts';
import { readWorkerFiles } from './workers/worker-file.ts';

const USAGE = `SALLYPORT_ADMIN_PASSWORD=… npm run keys:rotate -- --url https://id.example.com --email admin@example.com

  --url URL            the deployment; http://127.0.0.1:8787 where absent
  --email ADDRESS      the administrator who signs in (or SALLYPORT_ADMIN_EMAIL)
  --alg ALGORITHM      whose key: ${SIGNING_ALGORITHMS.join(', ')}; ES256 where absent
  --expected-kid KID   rotate only if this key is still the current one, so that a retry is harmless
  -h, --help           show this`;

const TIMEOUT_MS = 30_000;

await runCommand({
  usage: USAGE,
  options: {
    url: { type: 'string', default: 'http://127.0.0.1:8787' },
    email: { type: 'string' },
    alg: { type: 'string', default: 'ES256' },
    'expected-kid': { type: 'string' },
  },
  async run({ url, email: given, alg, 'expected-kid': expectedKid }) {
    const settings = await administratorSettings();
    const email = given ?? settings['SALLYPORT_ADMIN_EMAIL'];
    const password = settings['SALLYPORT_ADMIN_PASSWORD'];
    if (!URL.canParse(url)) throw new UsageError(`--url ${url} is no URL`);
    if (!SIGNING_ALGORITHMS.some((one) => one === alg)) {
      throw new UsageError(`--alg ${alg} must be ${SIGNING_ALGORITHMS.join(' or ')}`);
    }
    if (email === undefined) throw new UsageError('--email is missing');
    if (password === undefined) throw new UsageError('SALLYPORT_ADMIN_PASSWORD is not set');

    const { accessToken = '' } = await post(url, '/api/v1/auth/login', { email, password });
    const { previousKid, currentKid, nextKid } = await post(
      url,
      '/api/v1/keys/rotate',
      { alg, expectedKid },
      { authorization: `Bearer ${accessToken}` },
    );
    console.log(`previous  ${previousKid}\ncurrent   ${currentKid}\nnext      ${nextKid}`);
  },
});

async function administratorSettings(): Promise<Readonly<Record<string, string>>> {
  const workers = await readWorkerFiles();
  return checkSettings({ workers, sources: [environment()], elsewhere: secretNames });
}

type Answer = Readonly<Partial<Record<string, string>>>;

/** @throws {Error} With the problem's code if the answer is not a success. */
async function post(
  url: string,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const target = new URL(path, url);
  const response = await fetch(target, {
    method: 'POST',
    redirect: 'error',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    // What fetch throws has the reason in its cause.
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    throw new Error(`Nothing answers at ${target.origin}`, { cause });
  });
  const answer = textMembers(await response.json().catch(() => undefined));
  if (response.ok) return answer;
  throw new Error(
    `POST ${path} was answered ${response.status} ${answer['code'] ?? ''}: ${answer['detail'] ?? answer['title'] ?? 'without a reason'}`,
  );
}

function textMembers(value: unknown): Answer {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(members.filter(([, member]) => typeof member === 'string'));
}
