import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';

import { UNKNOWN_MEMBER, UNKNOWN_PARAMETER } from '../../../shared/http/unknown-input.ts';
import { jsonBody, optionalJsonBody } from '../../../workers/kit/documented.ts';
import type { RequestEnv } from '../../../workers/kit/request.ts';
import { createWorkerApp, mount } from '../../../workers/kit/worker-app.ts';

const Target = z.union([
  z.literal('all'),
  z.strictObject({ sessionId: z.string(), userId: z.string().optional() }),
  z.strictObject({ userId: z.string() }),
  z.array(z.strictObject({ role: z.string() })),
]);
const Body = z.strictObject({ target: Target, note: z.strictObject({}).optional() });

const responses = { 200: { description: 'Done.' } };

function routes(): OpenAPIHono<RequestEnv<object>> {
  const app = new OpenAPIHono<RequestEnv<object>>();
  const done = () => new Response('done');
  const common = { responses, operationId: 'x' };
  const request = jsonBody(Body);
  app.openapi(createRoute({ ...common, method: 'post', path: '/send', request }), done);
  const optional = optionalJsonBody(z.strictObject({ at: z.string().optional() }));
  app.openapi(createRoute({ ...common, method: 'put', path: '/{id}', request: optional }), done);
  const query = z.object({ limit: z.string().optional() });
  app.openapi(createRoute({ ...common, method: 'get', path: '/', request: { query } }), done);
  const any = { query: z.looseObject({}) };
  app.openapi(createRoute({ ...common, method: 'get', path: '/any', request: any }), done);
  app.get('/page', done);
  return app;
}

function anApp() {
  const app = createWorkerApp({ services: () => ({}), log: () => {}, largestBody: 100_000 });
  mount(app, '/api/v1/notes', routes());
  mount(app, '/oauth2/notes', routes());
  return app;
}

const app = anApp();

async function outcome(path: string, method = 'GET', body?: string) {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await app.request(path, { method, headers, ...(body && { body }) }, {});
  if (response.ok) return response.text();
  const { code, errors } = await response.json<{ code: string; errors?: readonly unknown[] }>();
  return errors === undefined ? code : errors;
}

const send = (body: unknown) =>
  outcome('/api/v1/notes/send', 'POST', typeof body === 'string' ? body : JSON.stringify(body));

const unknown = (...paths: readonly string[]) =>
  paths.map((path) => ({ path, message: UNKNOWN_MEMBER }));

describe('a JSON body', () => {
  it.each([
    [{ target: 'all', a: 1, b: 2 }, ['a', 'b']],
    [{ target: 'all', note: { a: 1 } }, ['note.a']],
    [{ target: { userId: 'u', a: 1 } }, ['target.a']],
    [{ target: { sessionId: 's', userId: 'u', a: 1, b: {} } }, ['target.a', 'target.b']],
    [{ target: [{ role: 'r' }, { role: 'r', a: 1 }] }, ['target.1.a']],
    [{ target: { a: 1, b: 2 } }, ['target.a', 'target.b']],
    ['{"target":"all","__proto__":{"a":1}}', ['__proto__']],
    [{ target: 'all', constructor: 1, 'a.b': 1 }, ['constructor', 'a.b']],
  ])('%j is refused by the path of each unknown member', async (body, paths) => {
    expect(await send(body)).toEqual(unknown(...paths));
  });

  it('with other faults is refused with all of them', async () => {
    const errors = [{ path: 'target', message: expect.any(String) }, ...unknown('a')];
    expect(await send({ a: 1 })).toEqual(errors);
  });

  it.each([
    [{ target: {} }, 'target'],
    [{ target: 7 }, 'target'],
    [{ target: 'al' }, 'target'],
    [{ target: { userId: 7 } }, 'target.userId'],
  ])('%j is refused with %s, whose shape is not clear or wrong', async (body, path) => {
    expect(await send(body)).toEqual([{ path, message: expect.any(String) }]);
  });

  it.each([
    ['{"target":"all","target":{"userId":"u"}}', 'Names the member "target" twice'],
    ['{"target":"all","\\u0074arget":"all"}', 'Names the member "target" twice'],
    ['{"target":[{"role":"a","role":"b"}]}', 'Names the member "role" twice'],
    [
      '{"target":"all","a":{"b":1},"c":[{"b":1},{"b":2}],"b":1e999}',
      'Has a number that is too large',
    ],
  ])('%s is refused, because parsers read it differently', async (body, message) => {
    expect(await send(body)).toEqual([{ path: '', message }]);
  });

  it('may have the same name in several objects', async () => {
    const target = [{ role: 'a' }, { role: 'a' }];
    expect(await send({ target })).toBe('done');
  });

  it('has at most 50 faults in the answer', async () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`m${n}`, 1]));
    expect(await send({ target: 'all', ...many })).toHaveLength(50);
  });

  it('that may be left out is as strict where it is there', async () => {
    expect(await outcome('/api/v1/notes/7', 'PUT')).toBe('done');
    expect(await outcome('/api/v1/notes/7', 'PUT', '{"att":"x"}')).toEqual(unknown('att'));
  });
});

describe('a query', () => {
  const faults = (...paths: readonly string[]) =>
    paths.map((path) => ({ path, message: UNKNOWN_PARAMETER }));

  it.each([
    ['/api/v1/notes?limit=1', 'GET', 'done'],
    ['/api/v1/notes?limits=1&limit=2&limits=3&b', 'GET', faults('limits', 'b')],
    ['/api/v1/notes?limits=1', 'HEAD', ''],
    ['/api/v1/notes/7?at=x', 'PUT', faults('at')],
    ['/api/v1/notes/any?at=x', 'GET', 'done'],
    ['/api/v1/notes/page?utm_source=x', 'GET', 'done'],
    ['/api/v1/notes/nowhere/at/all?at=x', 'GET', 'NOT_FOUND'],
    ['/api/v1/notes/send?at=x', 'DELETE', 'METHOD_NOT_ALLOWED'],
    ['/oauth2/notes?limits=1', 'GET', 'done'],
  ])('%s of %s leads to %j', async (path, method, expected) => {
    if (method === 'HEAD') {
      expect((await app.request(path, { method }, {})).status).toBe(400);
    } else expect(await outcome(path, method)).toEqual(expected);
  });
});
