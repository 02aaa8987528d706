import { describe, expect, it } from 'vitest';
import { memoryStorage } from '../../../client/src/auth/session-store.ts';
import { SallyportError } from '../../../client/src/common/errors.ts';
import { Sallyport } from '../../../client/src/sallyport.ts';

type Sent = { readonly path: string; readonly authorization: string | undefined };

/** A server of which each answer can be held back. */
class ScriptedServer {
  readonly sent: Sent[] = [];
  expiresIn = 900;
  /** Until it resolves, no answer comes. */
  held: Promise<unknown> = Promise.resolve();
  #tokens = 0;

  readonly fetch = async (address: string | URL | Request, init?: RequestInit) => {
    const authorization = new Headers(init?.headers).get('authorization') ?? undefined;
    this.sent.push({ path: new URL(String(address)).pathname, authorization });
    await this.held;
    this.#tokens += 1;
    return Response.json({
      accountId: 'account',
      sessionId: 'ses_1',
      accessToken: `access-${this.#tokens}`,
      refreshToken: `refresh-${this.#tokens}`,
      expiresIn: this.expiresIn,
      connectUrl: 'wss://id.example/connect',
    });
  };
}

const CREDENTIALS = { email: 'ann@example.com', password: 'a long passphrase' };

async function signedIn(server: ScriptedServer) {
  const storage = memoryStorage();
  const options = { issuer: 'https://id.example', storage, fetch: server.fetch };
  const client = new Sallyport(options);
  await client.signIn(CREDENTIALS);
  /** As an app that starts again would see it. */
  const stored = () => new Sallyport(options).restore();
  return { client, stored };
}

describe('signOut()', () => {
  it('ends the session on this side before the server answers', async () => {
    const server = new ScriptedServer();
    const { client, stored } = await signedIn(server);
    const { promise, reject } = Promise.withResolvers<never>();
    server.held = promise;
    const events: unknown[] = [];
    client.on('signedOut', (event) => events.push(event));
    const ended = client.signOut();
    await expect.poll(() => server.sent.at(-1)?.path).toBe('/api/v1/auth/logout');
    expect([client.session, await stored()]).toEqual([undefined, undefined]);
    expect(events).toEqual([{ reason: 'requested' }]);
    reject(new TypeError('offline'));
    expect(await ended).toBe(false);
  });

  it('ends the session on this side before an expired token is replaced', async () => {
    const server = new ScriptedServer();
    server.expiresIn = 0;
    const { client, stored } = await signedIn(server);
    const { promise, resolve } = Promise.withResolvers<void>();
    server.held = promise;
    const ended = client.signOut();
    await expect.poll(() => server.sent.at(-1)?.path).toBe('/api/v1/auth/token/refresh');
    expect([client.session, await stored()]).toEqual([undefined, undefined]);
    resolve();
    expect(await ended).toBe(true);
    expect(server.sent.at(-1)).toEqual({
      path: '/api/v1/auth/logout',
      authorization: 'Bearer access-2',
    });
    expect(await stored()).toBeUndefined();
  });

  it('does not ask a server where nobody is signed in', async () => {
    const server = new ScriptedServer();
    const client = new Sallyport({ issuer: 'https://id.example', fetch: server.fetch });
    expect(await client.signOut()).toBe(false);
    expect(server.sent).toEqual([]);
    await expect(client.accessToken()).rejects.toThrow(SallyportError);
  });
});
