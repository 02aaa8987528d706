import { codeRows } from './code-rows.ts';
import type { Contestant } from './contestant.ts';
import { locationOf } from './location.ts';
import { startPlainWorkers } from './plain-worker.ts';
import { PUBLIC_CLIENT, registerClient } from './register-client.ts';

/** `@cloudflare/workers-oauth-provider` with KV in one workerd. */
export const workersOAuthProvider: Contestant = async (ground) => {
  const server = await startPlainWorkers(ground, ['peers/workers-oauth-provider', 'kv']);
  const base = `http://127.0.0.1:${server.port}`;
  const provider = {
    name: 'workers-oauth-provider',
    keys: { refresh: 'workers-oauth-provider-refresh', code: 'workers-oauth-provider-code' },
    port: server.port,
    tokenPath: '/token',
    clientId: (await registerClient(`${base}/register`, PUBLIC_CLIENT)).client_id,
    authorize: async (user: number, request: URLSearchParams) =>
      locationOf(await fetch(`${base}/authorize/user-${user}?${request}`, { redirect: 'manual' })),
  } as const;
  return { ...server, rows: await codeRows(provider, ground) };
};
