import { beforeEach, describe, expect, it } from 'vitest';
import { safeFetch } from '../../../../../shared/http/safe-fetch.ts';
import { ClientId } from '../../../../../shared/ids.ts';
import type { StoredClient } from '../../../../../workers/identity/oauth/clients/client.ts';
import { CachedClientDirectory } from '../../../../../workers/identity/oauth/clients/client-directory.ts';
import { RemoteKeySets } from '../../../../../workers/identity/oauth/clients/client-jwks.ts';
import { MemoryClientStore } from '../../../../support/memory-client-store.ts';
import { MemoryConsentStore } from '../../../../support/memory-consent-store.ts';
import { aClient } from '../../../../support/oauth-fixture.ts';

const ID = ClientId.restore('some-client');
const JWKS_URI = 'https://rp.example/jwks';

let now: number;
let reads: number;
let isDown: boolean;
let store: MemoryClientStore;
let directory: CachedClientDirectory;
let fetches: number;
let answer: () => Response;

beforeEach(async () => {
  [now, reads, fetches, isDown] = [1_000_000, 0, 0, false];
  answer = () => Response.json({ keys: [{ kty: 'EC', kid: 'a' }] });
  store = new MemoryClientStore(new MemoryConsentStore());
  const clock = () => now;
  const fetchSafely = safeFetch({
    allowLoopback: false,
    issuer: 'https://id.example',
    fetch: async () => {
      fetches += 1;
      return answer();
    },
  });
  directory = new CachedClientDirectory({
    clock,
    clientStore: () => {
      reads += 1;
      if (isDown) throw new Error('Cannot reach the database');
      return store;
    },
    documentClients: { find: async (url) => ({ ...aClient(), name: url }) },
    keySets: new RemoteKeySets(fetchSafely, clock),
  });
  await store.create({
    clientId: ID,
    source: 'administered',
    metadata: { client_name: 'First', redirect_uris: ['https://rp.example/cb'] },
    secrets: [],
    profile: 'none',
    skipConsent: false,
    resources: null,
    pkceOptional: false,
    cibaAllowed: false,
    status: 'active',
    registrationAccessTokenHash: null,
    createdAt: now,
  });
});

async function change(changes: Partial<StoredClient>): Promise<void> {
  const stored = await store.find(ID);
  if (stored !== undefined) await store.replace({ ...stored, ...changes }, now);
}
const nameNow = async () => (await directory.find(ID))?.name;

describe('a registered client', () => {
  it('is cached for 15 seconds, and then read again', async () => {
    expect(await nameNow()).toBe('First');
    await change({ metadata: { client_name: 'Second' } });
    now += 14_999;
    expect([await nameNow(), reads]).toEqual(['First', 1]);
    now += 1;
    expect([await nameNow(), reads]).toEqual(['Second', 2]);
  });

  it('is read again at once in the isolate that changed it', async () => {
    await nameNow();
    await change({ metadata: { client_name: 'Second' } });
    directory.forget(ID);
    expect(await nameNow()).toBe('Second');
  });

  it('is not cached as it was read before it was changed', async () => {
    const find = store.find.bind(store);
    store.find = async (id) => {
      const old = await find(id);
      directory.forget(ID);
      return old;
    };
    await nameNow();
    store.find = find;
    await change({ metadata: { client_name: 'Second' } });
    expect(await nameNow()).toBe('Second');
  });

  it('is not found once it is disabled, nor if it never existed', async () => {
    await change({ status: 'disabled' });
    expect(await directory.find(ID)).toBeUndefined();
    expect(await directory.find('other')).toBeUndefined();
    expect(await directory.find('not an id')).toBeUndefined();
    await change({ status: 'active' });
    expect(await nameNow()).toBe('First');
  });

  it('is served from the cache for ten minutes while the database does not answer (E17)', async () => {
    await nameNow();
    isDown = true;
    now += 15_000;
    expect(await nameNow()).toBe('First');
    await expect(directory.find('other')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    now += 10 * 60_000;
    await expect(directory.find(ID)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    isDown = false;
    expect(await nameNow()).toBe('First');
  });

  it('does not make each request wait for a database that does not answer', async () => {
    await nameNow();
    isDown = true;
    now += 15_000;
    for (let n = 0; n < 5; n += 1) await nameNow();
    expect(reads).toBe(2);
  });

  it('is not served after its deletion, although the database does not answer then', async () => {
    await nameNow();
    await store.delete(ID);
    now += 15_000;
    expect(await directory.find(ID)).toBeUndefined();
    isDown = true;
    await expect(directory.find(ID)).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  });
});

it('CachedClientDirectory fetches a client id that is a URL, and never asks the database for it', async () => {
  expect((await directory.find('https://rp.example/c'))?.name).toBe('https://rp.example/c');
  expect(reads).toBe(0);
});

describe('the keys of a client', () => {
  const client = aClient({ jwks: null, jwksUri: JWKS_URI });
  const kids = async (refresh = false) =>
    (await directory.keysOf(client, refresh)).map(({ kid }) => kid);

  it('are those that it registered, or none', async () => {
    expect(await directory.keysOf(aClient({ jwks: [{ kid: 'own' }], jwksUri: null }))).toEqual([
      { kid: 'own' },
    ]);
    expect(await directory.keysOf(aClient({ jwks: null, jwksUri: null }))).toEqual([]);
    expect(fetches).toBe(0);
  });

  it('are fetched once in ten minutes', async () => {
    for (let n = 0; n < 3; n += 1) expect(await kids()).toEqual(['a']);
    expect(fetches).toBe(1);
    now += 10 * 60_000;
    await kids();
    expect(fetches).toBe(2);
  });

  it('are cached of many clients, and of few whose sets are as large as they may be', async () => {
    const clients = Array.from({ length: 80 }, (_, n) =>
      aClient({ jwks: null, jwksUri: `${JWKS_URI}/${n}` }),
    );
    const readAll = async () => {
      for (const each of clients) await directory.keysOf(each);
    };
    await readAll();
    await readAll();
    expect(fetches).toBe(80);
    answer = () => Response.json({ keys: [{ kty: 'EC', kid: 'a', x5c: ['A'.repeat(60_000)] }] });
    now += 10 * 60_000;
    await readAll();
    fetches = 0;
    for (const each of clients.toReversed()) await directory.keysOf(each);
    expect(fetches).toBe(80 - 66);
  });

  it('are fetched again for an unknown kid, at most every 30 seconds (E15)', async () => {
    await kids();
    now += 30_000;
    answer = () => Response.json({ keys: [{ kty: 'EC', kid: 'b' }] });
    expect(await kids(true)).toEqual(['b']);
    for (let n = 0; n < 5; n += 1) await kids(true);
    expect(fetches).toBe(2);
  });

  it('are served for ten minutes while their host does not answer', async () => {
    await kids();
    answer = () => new Response('', { status: 500 });
    now += 10 * 60_000;
    expect(await kids()).toEqual(['a']);
    now += 10 * 60_000;
    await expect(kids()).rejects.toMatchObject({ code: 'invalid_client' });
    expect(fetches).toBe(3);
    await expect(kids()).rejects.toMatchObject({ code: 'invalid_client' });
    expect(fetches).toBe(3);
  });

  it.each([
    ['a private key', { keys: [{ kty: 'EC', d: 'secret' }] }],
    ['a symmetric one', { keys: [{ kty: 'oct', k: 'secret' }] }],
    ['no set', [{ kty: 'EC' }]],
    ['nothing', {}],
  ])('are refused with %s among them', async (_, body) => {
    answer = () => Response.json(body);
    await expect(kids()).rejects.toMatchObject({ code: 'invalid_client' });
  });
});
