import { join } from 'node:path';
import { rawRequest } from '../load/raw-request.ts';
import type { Contestant } from './contestant.ts';
import { startNodePeer } from './node-peer.ts';

const PEER = new URL('../peers/better-auth.ts', import.meta.url);

/** Measures `get-session` of one signed-in user by cookie. */
export const betterAuth: Contestant = async ({ pinning, directory }) => {
  const { child, port } = await startNodePeer(pinning, PEER, join(directory, 'auth.db'));
  const getSession = rawRequest('GET', '/api/auth/get-session', { cookie: await signUp(port) });
  return {
    child,
    port,
    rows: [
      {
        key: 'better-auth',
        label: 'better-auth get-session, Node, SQLite',
        source: { kind: 'rotate', requests: [getSession] },
        proof: '"bench@example.com"',
      },
    ],
    stop: () => child.stop(),
  };
};

async function signUp(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: 'http://bench.localhost' },
    body: JSON.stringify({ name: 'Bench', email: 'bench@example.com', password: 'long-enough-9' }),
  });
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0]);
  if (cookies.length === 0) throw new Error(`Cannot sign up: status ${response.status}`);
  return cookies.join('; ');
}
