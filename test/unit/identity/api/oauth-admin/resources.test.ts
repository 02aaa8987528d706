import { beforeEach, describe, expect, it } from 'vitest';

import { AdministratorFixture } from '../../../../support/administrator-fixture.ts';

const RESOURCES = '/api/v1/oauth/resources';

let fixture: AdministratorFixture;
beforeEach(async () => {
  fixture = await AdministratorFixture.create();
});

describe('resource servers', () => {
  const API = { resource: 'https://api.example/', name: 'API', scopes: ['read'] };

  it('are created, listed, replaced and deleted', async () => {
    const { status, json } = await fixture.call('POST', RESOURCES, API);
    expect([status, json]).toMatchObject([
      201,
      { ...API, accessTokenSigningAlg: null, accessTokenSeconds: null },
    ]);
    expect((await fixture.call('POST', RESOURCES, API)).json.code).toBe('CONFLICT');
    const replaced = { ...API, scopes: [], accessTokenSeconds: 60, accessTokenSigningAlg: 'EdDSA' };
    expect((await fixture.call('PUT', RESOURCES, replaced)).json).toMatchObject(replaced);
    expect((await fixture.call('GET', RESOURCES)).json.resources).toMatchObject([replaced]);
    const path = `${RESOURCES}?resource=${encodeURIComponent(API.resource)}`;
    expect((await fixture.call('DELETE', path)).status).toBe(204);
    expect((await fixture.call('DELETE', path)).json.code).toBe('NOT_FOUND');
    expect((await fixture.call('PUT', RESOURCES, replaced)).json.code).toBe('NOT_FOUND');
  });

  it.each(['https://api.example', 'https://api.example/'])(
    'are one in both spellings of an origin: %s (RFC 3986 §6.2.3)',
    async (resource) => {
      await fixture.call('POST', RESOURCES, { ...API, resource });
      for (const other of ['https://api.example', 'https://api.example/']) {
        const again = await fixture.call('POST', RESOURCES, { ...API, resource: other });
        expect(again.json.code).toBe('CONFLICT');
        const settings = { ...API, resource: other, name: other };
        const replaced = await fixture.call('PUT', RESOURCES, settings);
        expect(replaced.json).toMatchObject({ resource, name: other });
      }
      const path = `${RESOURCES}?resource=${encodeURIComponent('https://api.example')}`;
      expect((await fixture.call('DELETE', path)).status).toBe(204);
    },
  );

  it.each([
    'HTTPS://api.example',
    'https://API.example/',
    'https://api.example:443',
    'https://a/%7Eb',
  ])('are refused in a spelling that nobody would send: %s', async (resource) => {
    const { json } = await fixture.call('POST', RESOURCES, { ...API, resource });
    expect(json).toMatchObject({ code: 'VALIDATION_ERROR' });
  });

  it('take no audience of a service behind the hub, even in the same moment', async () => {
    const { backend } = fixture.identity;
    backend.serviceAudiences.add(API.resource);
    const { status, json } = await fixture.call('POST', RESOURCES, API);
    expect([status, json.code]).toEqual([409, 'CONFLICT']);
    backend.serviceAudiences.clear();
    backend.down.add('connect');
    expect((await fixture.call('POST', RESOURCES, API)).status).toBe(503);
    expect(await backend.resources.list()).toEqual([]);
  });

  it('are read again at once by the isolate that changed them', async () => {
    const { cachedResources } = fixture.identity.services;
    expect(await cachedResources.find(API.resource)).toBeUndefined();
    await fixture.call('POST', RESOURCES, API);
    expect(await cachedResources.find(API.resource)).toMatchObject({ name: 'API' });
    await fixture.call('PUT', RESOURCES, { ...API, name: 'Renamed' });
    expect(await cachedResources.find(API.resource)).toMatchObject({ name: 'Renamed' });
    await fixture.call('DELETE', `${RESOURCES}?resource=${API.resource}`);
    expect(await cachedResources.find(API.resource)).toBeUndefined();
  });

  it.each([
    ['a fragment', { resource: 'https://api.example/#x' }, 'resource'],
    ['a relative reference', { resource: '/api' }, 'resource'],
    ['a scope with a space', { scopes: ['a b'] }, 'scopes.0'],
    ['a life of a day', { accessTokenSeconds: 86_400 }, 'accessTokenSeconds'],
    ['another algorithm', { accessTokenSigningAlg: 'HS256' }, 'accessTokenSigningAlg'],
  ])('are refused with %s', async (_, changes, path) => {
    const { json } = await fixture.call('POST', RESOURCES, { ...API, ...changes });
    expect(json.errors).toMatchObject([{ path }]);
  });
});
