import { z } from 'zod';
import { codeRows, REDIRECT_URI } from './code-rows.ts';
import type { Contestant } from './contestant.ts';
import { locationOf } from './location.ts';
import { startPlainWorkers } from './plain-worker.ts';

/** `@cloudflare/workers-oauth-provider`, over KV, in one workerd. */
export const workersOAuthProvider: Contestant = async (ground) => {
  const server = await startPlainWorkers(ground, ['workers-oauth-provider', 'kv']);
  const base = `http://127.0.0.1:${server.port}`;
  const provider = {
    name: 'workers-oauth-provider',
    keys: { refresh: 'workers-oauth-provider-refresh', code: 'workers-oauth-provider-code' },
    port: server.port,
    tokenPath: '/token',
    clientId: await register(`${base}/register`),
    authorize: async (user: number, request: URLSearchParams) =>
      locationOf(await fetch(`${base}/authorize/user-${user}?${request}`, { redirect: 'manual' })),
  } as const;
  return { ...server, rows: await codeRows(provider, ground) };
};

const registered = z.object({ client_id: z.string() });

/** Registers a public client (RFC 7591 §3). */
export async function register(url: string): Promise<string> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Bench',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
    }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot register: ${response.status} ${text}`);
  return registered.parse(JSON.parse(text)).client_id;
}
