import { codeRows } from './code-rows.ts';
import type { Contestant } from './contestant.ts';
import { locationOf } from './location.ts';
import { startPlainWorkers } from './plain-worker.ts';

/** `@openauthjs/openauth` with KV in one workerd. */
export const openauth: Contestant = async (ground) => {
  const server = await startPlainWorkers(ground, ['peers/openauth', 'kv']);
  const base = `http://127.0.0.1:${server.port}`;
  const provider = {
    name: 'openauth',
    keys: { refresh: 'openauth-refresh', code: 'openauth-code' },
    port: server.port,
    tokenPath: '/token',
    clientId: 'bench',
    authorize: (user: number, request: URLSearchParams) => authorize(base, user, request),
  } as const;
  return { ...server, rows: await codeRows(provider, ground) };
};

/** The library redirects to its provider, with the request in a cookie. */
async function authorize(base: string, user: number, request: URLSearchParams): Promise<string> {
  const answer = await fetch(`${base}/authorize?${request}`, { redirect: 'manual' });
  const cookie = answer.headers.getSetCookie().map((set) => set.split(';')[0]);
  const headers = { cookie: cookie.join('; '), 'x-user': `user-${user}` };
  const provider = new URL(await locationOf(answer), base);
  return locationOf(await fetch(provider, { headers, redirect: 'manual' }));
}
