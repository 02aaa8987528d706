import { beforeEach, describe, expect, it } from 'vitest';
import { safeFetch } from '../../../../../shared/http/safe-fetch.ts';
import type { TtlStore } from '../../../../../shared/ttl-store/ttl-store.ts';
import {
  DocumentClients,
  type DocumentClientsNeeds,
  isDocumentUrl,
} from '../../../../../workers/identity/oauth/clients/document-clients.ts';

const ID = 'https://app.example/oauth/client.json';
const CB = 'https://app.example/cb';

let now: number;
let stored: Map<string, string>;
let isStoreDown: boolean;
let fetches: string[];
let answers: Map<string, () => Response>;
let needs: DocumentClientsNeeds;
let isServiceAudience: (audience: string) => boolean;

beforeEach(() => {
  [now, isStoreDown, fetches, stored] = [1_000_000, false, [], new Map<string, string>()];
  answers = new Map();
  isServiceAudience = () => false;
  const store: Pick<TtlStore, 'get' | 'put' | 'delete'> = {
    get: async (key) => stored.get(key),
    put: async (key, value) => void stored.set(key, value),
    delete: async (key) => void stored.delete(key),
  };
  needs = {
    allowLoopback: false,
    clock: () => now,
    log: () => undefined,
    isServiceAudience: async (audience) => isServiceAudience(audience),
    ttlStore: () => {
      if (isStoreDown) throw new Error('Cannot reach the store');
      return store as TtlStore;
    },
    fetchSafely: safeFetch({
      allowLoopback: false,
      issuer: 'https://id.example',
      fetch: async (url) => {
        fetches.push(String(url));
        const answer = answers.get(String(url));
        if (answer === undefined) throw new TypeError('Cannot connect');
        return answer();
      },
    }),
  };
  serve();
});

/** A new isolate, with an empty cache and the same store. */
const anIsolate = () => new DocumentClients(needs);

function serve(changes: object = {}, init: ResponseInit = {}): void {
  const document = { client_id: ID, client_name: 'App', redirect_uris: [CB], ...changes };
  answers.set(ID, () => Response.json(document, init));
}

describe('a Client Identifier URL (§3)', () => {
  it.each([ID, 'https://app.example/', 'https://app.example:8443/c'])('may be %s', (id) => {
    expect(isDocumentUrl(id, { allowLoopback: false })).toBe(true);
  });

  it.each([
    'http://app.example/c',
    'https://app.example',
    'https://app.example/c#f',
    'https://app.example/c#',
    'https://app.example/c?x=1',
    'https://user@app.example/c',
    'https://app.example/a/../c',
    'https://app.example/./c',
    'https://app.example/%2e%2e/c',
    'HTTPS://app.example/c',
    'https:app.example/c',
    'https://localhost/c',
    'https://10.0.0.1/c',
    'https://[::1]/c',
  ])('must not be %s', async (id) => {
    expect(isDocumentUrl(id, { allowLoopback: false })).toBe(false);
    expect(await anIsolate().find(id)).toBeUndefined();
    expect(fetches).toEqual([]);
  });

  it('may be of loopback in development', () => {
    expect(isDocumentUrl('http://localhost:3000/c', { allowLoopback: true })).toBe(true);
  });
});

describe('a metadata document', () => {
  it('makes a client', async () => {
    expect(await anIsolate().find(ID)).toMatchObject({
      clientId: ID,
      source: 'metadata_document',
      name: 'App',
      redirectUris: [CB],
      tokenEndpointAuthMethod: 'none',
      skipConsent: false,
    });
  });

  it('may name keys of the client', async () => {
    serve({ token_endpoint_auth_method: 'private_key_jwt', jwks_uri: 'https://app.example/jwks' });
    expect(await anIsolate().find(ID)).toMatchObject({
      tokenEndpointAuthMethod: 'private_key_jwt',
    });
  });

  it('makes no client of the audience of a service behind the hub', async () => {
    isServiceAudience = (audience) => audience === ID;
    expect(await anIsolate().find(ID)).toBeUndefined();
    isServiceAudience = () => {
      throw new Error('Cannot reach connect');
    };
    expect(await anIsolate().find(ID)).toBeUndefined();
    isServiceAudience = () => false;
    expect(await anIsolate().find(ID)).toBeDefined();
  });

  it('may name a scheme that nobody owns beside other redirect URIs', async () => {
    serve({
      redirect_uris: [CB, 'editor://cb'],
      'client_name#de': 'Anwendung',
      jwks: { keys: [] },
    });
    expect(await anIsolate().find(ID)).toMatchObject({ redirectUris: [CB], jwks: null });
  });

  it('is of a native application, if its redirect URIs are', async () => {
    serve({ redirect_uris: [CB, 'http://127.0.0.1/cb'] });
    expect(await anIsolate().find(ID)).toMatchObject({ applicationType: 'native' });
    serve({ redirect_uris: ['com.example.app:/cb'] });
    expect(await anIsolate().find(ID)).toBeDefined();
  });

  it.each([
    ['another client_id', { client_id: `${ID}2` }],
    ['no client_id', { client_id: undefined }],
    ['a client_id in another spelling', { client_id: 'https://APP.example/oauth/client.json' }],
    ['a secret (§4.1)', { client_secret: 'x' }],
    ['an expiry of a secret (§4.1)', { client_secret_expires_at: 0 }],
    ['authentication by a secret (§4.1)', { token_endpoint_auth_method: 'client_secret_basic' }],
    ['a private key (§4.1)', { jwks: { keys: [{ kty: 'EC', d: 'x' }] } }],
    ['redirects to somebody else (§8.1)', { redirect_uris: ['https://bank.example/cb'] }],
    ['redirects to another port', { redirect_uris: ['https://app.example:8443/cb'] }],
    ['no redirect URI', { redirect_uris: [] }],
    ['a page that runs', { redirect_uris: ['javascript:alert(1)'] }],
    ['a first party’s privilege', { access_token_signing_alg: 'RS256' }],
    ['a sector that does not know it', { sector_identifier_uri: 'https://app.example/sector' }],
    [
      'a padding beyond 5 KB (§8.7)',
      {
        client_uri: `https://app.example/${'x'.repeat(1_900)}`,
        contacts: ['x'.repeat(300), 'y'.repeat(300)],
        software_id: 'x',
        extra: 'z'.repeat(3_000),
      },
    ],
  ])('is refused with %s', async (_, changes) => {
    serve(changes);
    expect(await anIsolate().find(ID)).toBeUndefined();
  });

  it.each([
    ['another content type', 200, 'text/html', '{}'],
    ['no content type', 200, '', '{}'],
    ['an error', 404, 'application/json', '{}'],
    ['a redirect (§5)', 302, 'application/json', '{}'],
    ['another success', 206, 'application/json', '{}'],
    ['no JSON', 200, 'application/json', '<html>'],
    [
      'a member twice',
      200,
      'application/json',
      `{"client_id":"${ID}","client_id":"${ID}","redirect_uris":["${CB}"]}`,
    ],
  ])('is refused with %s', async (_, status, type, body) => {
    const headers = { 'content-type': type, location: CB };
    answers.set(ID, () => new Response(body, { status, headers }));
    expect(await anIsolate().find(ID)).toBeUndefined();
  });

  it.each(['application/json; charset=utf-8', 'application/oauth-client+json'])(
    'may be %s',
    async (type) => {
      serve({}, { headers: { 'content-type': type } });
      expect(await anIsolate().find(ID)).toBeDefined();
    },
  );
});

describe('the cache of documents', () => {
  const find = async (documents = anIsolate()) => (await documents.find(ID))?.name;

  it.each([
    [undefined, 3_600],
    ['max-age=0', 60],
    ['no-store', 60],
    ['no-cache, max-age=600', 60],
    ['max-age=600', 600],
    ['public, max-age=600, s-maxage=900', 900],
    ['max-age=99999999', 86_400],
    ['max-age=nonsense', 3_600],
  ])('holds a document with cache-control: %s for %d s (§5.2)', async (cacheControl, seconds) => {
    serve({}, cacheControl === undefined ? {} : { headers: { 'cache-control': cacheControl } });
    const isolate = anIsolate();
    await find(isolate);
    now += seconds * 1_000 - 1;
    await find(isolate);
    await find();
    expect(fetches).toHaveLength(1);
    now += 1;
    await find(isolate);
    expect(fetches).toHaveLength(2);
  });

  it('serves a document for a day while its host does not answer', async () => {
    await find();
    answers.set(ID, () => new Response('', { status: 503 }));
    now += 3_600_000;
    const isolate = anIsolate();
    expect(await find(isolate)).toBe('App');
    await find(isolate);
    expect(fetches).toHaveLength(2);
    answers.set(ID, () => new Response('', { status: 404 }));
    now += 60_000;
    expect(await find(isolate)).toBeUndefined();
    expect(stored.size).toBe(0);
  });

  it('caches for a minute, in the isolate only, that there is no document', async () => {
    answers.clear();
    const isolate = anIsolate();
    for (let n = 0; n < 3; n += 1) expect(await find(isolate)).toBeUndefined();
    expect([fetches.length, stored.size]).toEqual([1, 0]);
    serve();
    now += 60_000;
    expect(await find(isolate)).toBe('App');
  });

  it('asks the host while the TTL store does not answer', async () => {
    isStoreDown = true;
    expect(await find()).toBe('App');
    expect(await find()).toBe('App');
    expect(fetches).toHaveLength(2);
  });

  it('refuses a document that the sector does not confirm', async () => {
    serve({ sector_identifier_uri: 'https://app.example/sector' });
    answers.set('https://app.example/sector', () => Response.json([CB]));
    expect(await find()).toBe('App');
  });
});
