import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { describe, expect, it } from 'vitest';

import { ConfigurationError, contradiction } from '../../../shared/configuration.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { LogEvent } from '../../../shared/telemetry/log.ts';
import {
  BODY_PROBLEMS,
  json,
  jsonBody,
  operation,
  problems,
  SESSION_PROBLEMS,
} from '../../../workers/kit/documented.ts';
import { logFailure } from '../../../workers/kit/problems.ts';
import type { RequestEnv } from '../../../workers/kit/request.ts';
import { createWorkerApp, mount } from '../../../workers/kit/worker-app.ts';

type NoteNeeds = { readonly save: (text: string) => Promise<void> };

const Note = z.union([
  z.strictObject({ text: z.string().max(5) }),
  z.strictObject({ lines: z.array(z.string()), author: z.string() }),
]);

function noteRoutes(): OpenAPIHono<RequestEnv<NoteNeeds>> {
  const app = new OpenAPIHono<RequestEnv<NoteNeeds>>();
  const route = createRoute({
    ...operation({ prefix: 'short', tag: 'notes' }, 'writeNote'),
    method: 'post',
    path: '/notes',
    request: jsonBody(Note),
    responses: {
      201: json(z.object({ length: z.int() }), 'Written.'),
      ...problems(...SESSION_PROBLEMS, ...BODY_PROBLEMS),
    },
  });
  app.openapi(route, async (c) => {
    const body = c.req.valid('json');
    const text = 'text' in body ? body.text : body.lines.join('\n');
    await c.var.services.save(text);
    c.var.log({ event: 'note.written', level: 'info' });
    return c.json({ length: text.length }, 201);
  });
  app.get('/public', (c) => c.text('public', 200, { 'cache-control': 'public, max-age=5' }));
  return app;
}

const lines: LogEvent[] = [];

function anApp(save: NoteNeeds['save'] = async () => {}) {
  lines.length = 0;
  const services = ({ broken = false }: { readonly broken?: boolean }) => {
    if (broken) throw new ConfigurationError([contradiction('SALT', 'longer')]);
    return { save };
  };
  const log = (event: LogEvent) => void lines.push(event);
  const app = createWorkerApp({ services, log, largestBody: 200 });
  mount(app, '/api', noteRoutes());
  return app;
}

const post = (body: string, app = anApp(), type = 'application/json') =>
  app.request(
    '/api/notes',
    { method: 'POST', body, headers: { 'content-type': type, 'x-correlation-id': 'c-1' } },
    {},
  );

describe('the router of every Worker', () => {
  it('gives a route its services, a correlated log, an id and no-store', async () => {
    const saved: string[] = [];
    const app = anApp(async (text) => void saved.push(text));
    const response = await post('{"text":"hello"}', app);
    expect([response.status, await response.json(), saved]).toEqual([
      201,
      { length: 5 },
      ['hello'],
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-correlation-id')).toBe('c-1');
    expect(lines).toEqual([{ correlationId: 'c-1', event: 'note.written', level: 'info' }]);
  });

  it('keeps the cache-control of a route, and makes a correlation id where there is none', async () => {
    const response = await anApp().request('/api/public', {}, {});
    expect(response.headers.get('cache-control')).toBe('public, max-age=5');
    expect(response.headers.get('x-correlation-id')).toMatch(/^[\da-f-]{36}$/);
  });

  it.each([
    ['GET', '/elsewhere', 404, 'NOT_FOUND', null],
    ['DELETE', '/api/notes', 405, 'METHOD_NOT_ALLOWED', 'POST'],
  ])('answers %s %s with %i %s', async (method, path, status, code, allow) => {
    const response = await anApp().request(path, { method }, {});
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ code, instance: path });
  });

  it.each([
    ['{', 'application/json', 400, 'VALIDATION_ERROR'],
    ['hello', 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    [JSON.stringify({ text: 'x'.repeat(300) }), 'application/json', 413, 'PAYLOAD_TOO_LARGE'],
  ])('refuses the body %.20s (%s) with %i %s', async (body, type, status, code) => {
    const response = await post(body, anApp(), type);
    expect([response.status, await response.json()]).toMatchObject([status, { code }]);
    expect(lines).toEqual([]);
  });

  it.each([
    ['{"text":"too long"}', [{ path: 'text' }]],
    ['{"lines":[7],"author":1}', [{ path: 'lines.0' }, { path: 'author' }]],
    ['{"author":"ann"}', [{ path: 'lines' }]],
  ])('names for %s what is wrong with the intended shape', async (body, errors) => {
    const problem = await (await post(body)).json<{ errors: unknown[] }>();
    expect(problem).toMatchObject({ code: 'VALIDATION_ERROR', errors });
    expect(problem.errors).toHaveLength(errors.length);
  });

  it('logs a failure with its causes, and does not reveal them to the client', async () => {
    const cause = new TypeError('the pepper is 12345');
    const failing = anApp(() => Promise.reject(new Error('Cannot save', { cause })));
    const response = await post('{"text":"hello"}', failing);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('Cannot save');
    const causes = ['Error: Cannot save', 'TypeError: the pepper is 12345'];
    const event = { event: 'request.failed', level: 'error', correlationId: 'c-1', causes };
    expect(lines).toEqual([event]);
  });

  it('logs only failures of our own', () => {
    const log: string[][] = [];
    const logged = (status: number) =>
      logFailure(status, new Error('Cannot sign', { cause: 'a string' }), (event) =>
        log.push(event['causes'] as string[]),
      );
    logged(400);
    logged(500);
    expect(log).toEqual([['Error: Cannot sign', 'string']]);
  });

  it('passes on the problem that a route throws', async () => {
    const busy = anApp(() => Promise.reject(new Problem('SERVICE_UNAVAILABLE')));
    const response = await post('{"text":"hello"}', busy);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
  });

  it('answers every request with the name of a bad setting', async () => {
    for (const path of ['/api/public', '/elsewhere']) {
      const response = await anApp().request(path, {}, { broken: true });
      expect(response.status).toBe(500);
      const detail = 'Cannot read configuration: SALT: must be longer';
      expect(await response.json()).toMatchObject({ code: 'INTERNAL_ERROR', detail });
    }
  });

  it('can have another largest body for a path', async () => {
    const services = () => ({});
    const largestBody = (path: string) => (path === '/large' ? 100 : 10);
    const app = createWorkerApp({ services, log: () => {}, largestBody });
    app.post('/large', async (c) => c.text(await c.req.text()));
    app.post('/small', async (c) => c.text(await c.req.text()));
    const statusAt = async (path: string) =>
      (await app.request(path, { method: 'POST', body: 'x'.repeat(50) }, {})).status;
    expect([await statusAt('/large'), await statusAt('/small')]).toEqual([200, 413]);
  });

  it('mounts no router whose needs it does not have', () => {
    const app = createWorkerApp({ services: () => ({}), log: () => {}, largestBody: 1 });
    // @ts-expect-error -- `save` is missing
    mount(app, '/', noteRoutes());
    expect(app.routes.length).toBeGreaterThan(0);
  });
});
