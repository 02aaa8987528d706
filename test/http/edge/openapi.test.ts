import { describe, it } from 'vitest';

import type { OpenApiDocument } from '../../../shared/contracts/http/worker-rpc.ts';
import { mergeDocuments } from '../../../workers/edge/openapi/document.ts';
import { EdgeFixture } from '../../support/edge-fixture.ts';

const document = (paths: object, schemas: object = {}): OpenApiDocument => ({
  openapi: '3.1.0',
  info: { title: 'x', version: '1' },
  paths: { ...paths },
  components: { schemas },
});

const operation = (ref: string) => ({ responses: { 200: { schema: { $ref: ref } } } });

describe('GET /openapi.json', () => {
  it('describes the edge’s own routes beside those of the Workers behind', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const describe = () => Promise.resolve(document({ '/api/v1/auth/login': { post: {} } }));
    Object.assign(fixture.upstreams.identity.rpc, { describe });
    const response = await fixture.fetch('/openapi.json');
    expect(response.headers.get('content-type')).toContain('application/json');
    const { openapi, paths } = await response.json<OpenApiDocument>();
    expect(openapi).toMatch(/^3\.1/);
    expect(Object.keys(paths).toSorted()).toEqual([
      '/api/v1/auth/login',
      '/api/v1/auth/token/validate',
      '/auth/forward',
      '/auth/token/validate',
      '/connect',
      '/health',
      '/openapi.json',
    ]);
  });

  it('describes no path of the edge that is not served', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const { paths } = await (await fixture.fetch('/openapi.json')).json<OpenApiDocument>();
    for (const [path, item] of Object.entries(paths)) {
      for (const method of Object.keys(item as object)) {
        const { status } = await fixture.fetch(path, { method: method.toUpperCase() });
        expect([404, 405, 500], `${method} ${path}`).not.toContain(status);
      }
    }
  });

  it('refers to no component that it lacks', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const text = await (await fixture.fetch('/openapi.json')).text();
    const parsed = JSON.parse(text) as { components: Record<string, Record<string, unknown>> };
    const references = [...text.matchAll(/"#\/components\/(\w+)\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(3);
    for (const [, kind = '', name = ''] of references) {
      expect(parsed.components[kind]).toHaveProperty(name);
    }
  });

  it('leaves out a Worker that cannot be asked, and asks it again', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const describe = () => Promise.reject(new Error('gone'));
    Object.assign(fixture.upstreams.connect.rpc, { describe });
    const incomplete = await fixture.fetch('/openapi.json');
    expect(incomplete.status).toBe(200);
    expect(incomplete.headers.get('cache-control')).toBe('no-store');
    expect(await (await fixture.fetch('/docs')).json()).toMatchObject({ missing: ['connect'] });
    const again = () => Promise.resolve(document({ '/api/v1/connect/x': { get: {} } }));
    Object.assign(fixture.upstreams.connect.rpc, { describe: again });
    const { paths } = await (await fixture.fetch('/openapi.json')).json<OpenApiDocument>();
    expect(paths).toHaveProperty(['/api/v1/connect/x']);
  });
});

describe('mergeDocuments', () => {
  const info = { title: 'All', version: '2' };

  it('shares components that are equal, and renames those that only share a name', ({ expect }) => {
    const one = document(
      { '/a': { get: operation('#/components/schemas/Same') } },
      { Same: { type: 'string' }, Other: { type: 'number' } },
    );
    const two = document(
      { '/b': { get: operation('#/components/schemas/Other') } },
      { Same: { type: 'string' }, Other: { $ref: '#/components/schemas/Same' } },
    );
    const merged = mergeDocuments(info, [
      { name: 'one', document: one },
      { name: 'two', document: two },
    ]);
    expect(merged.components?.['schemas']).toEqual({
      Same: { type: 'string' },
      Other: { type: 'number' },
      two_Other: { $ref: '#/components/schemas/Same' },
    });
    expect(merged.paths).toEqual({
      '/a': { get: operation('#/components/schemas/Same') },
      '/b': { get: operation('#/components/schemas/two_Other') },
    });
  });

  it('joins the methods of one path, the first Worker’s first', ({ expect }) => {
    const merged = mergeDocuments(info, [
      { name: 'one', document: document({ '/a': { get: 1 } }) },
      { name: 'two', document: document({ '/a': { get: 2, post: 2 } }) },
    ]);
    expect(merged.paths).toEqual({ '/a': { get: 1, post: 2 } });
  });
});

describe('the page of the description', () => {
  it('is made by identity of what runs', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const document = await (await fixture.fetch('/openapi.json')).json<OpenApiDocument>();
    expect(await (await fixture.fetch('/docs')).json()).toEqual({ document, missing: [] });
  });

  it('is unavailable while identity is', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const apiPage = () => Promise.reject(new Error('Cannot reach identity: a test says so'));
    Object.assign(fixture.upstreams.identity.rpc, { apiPage });
    expect((await fixture.fetch('/docs')).status).toBe(503);
  });
});

describe('the headers that the description promises', () => {
  it('are all sent by forward authentication', async ({ expect }) => {
    const fixture = await EdgeFixture.start();
    const { paths } = await (await fixture.fetch('/openapi.json')).json<{
      paths: Record<string, { get: { responses: Record<string, { headers: object }> } }>;
    }>();
    const { headers } = await fixture.forwardAuth(await fixture.token());
    const sent = [...headers.keys()].filter((name) => name.startsWith('x-auth-'));
    for (const path of ['/auth/token/validate', '/auth/forward']) {
      const promised = paths[path]?.get.responses['200']?.headers ?? {};
      expect(Object.keys(promised).toSorted()).toEqual(sent.toSorted());
    }
  });
});
