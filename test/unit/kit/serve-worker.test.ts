import { describe, expect, it } from 'vitest';

import { ConfigurationError, contradiction } from '../../../shared/configuration.ts';
import { Problem } from '../../../shared/http/problem.ts';
import type { LogEvent } from '../../../shared/telemetry/log.ts';
import { perEnvironment, serveWorker } from '../../../workers/kit/serve-worker.ts';

const lines: LogEvent[] = [];

function serve(answer: () => Response | Promise<Response>, props: unknown = { caller: 'edge' }) {
  lines.length = 0;
  const log = (event: LogEvent) => void lines.push(event);
  const headers = { 'x-correlation-id': 'c-1' };
  const request = new Request('https://id.example.test/some/path?x=1', { headers });
  const context = { props, waitUntil: () => {}, passThroughOnException: () => {} };
  return serveWorker({ callers: ['edge'], log, answer })(request, {}, context);
}

describe('the entry of a Worker', () => {
  it('passes a request of a listed caller on', async () => {
    expect(await (await serve(() => new Response('hello'))).text()).toBe('hello');
  });

  it.each([{ caller: 'identity' }, { caller: 'EDGE' }, {}, undefined])(
    'refuses the caller of a binding with the props %j',
    async (props) => {
      let answered = false;
      const answer = () => {
        answered = true;
        return new Response('hello');
      };
      // `undefined` would be the default.
      const response = await serve(answer, props ?? null);
      expect(response.status).toBe(403);
      const ids = { instance: '/some/path', correlationId: 'c-1' };
      expect(await response.json()).toMatchObject({ code: 'CALLER_FORBIDDEN', ...ids });
      expect([answered, lines]).toEqual([false, []]);
    },
  );

  it.each([
    [new Problem('UPGRADE_REQUIRED'), 400, undefined],
    [new ConfigurationError([contradiction('ISSUER', 'a URL')]), 500, /ISSUER/],
    [new Error('Cannot do it'), 500, undefined],
  ])('answers %s, thrown outside of the router, with %i', async (error, status, detail) => {
    const response = await serve(() => {
      throw error;
    });
    const body = await response.json<{ detail?: string }>();
    expect(response.status).toBe(status);
    if (detail === undefined) expect(body.detail).toBeUndefined();
    else expect(body.detail).toMatch(detail);
    expect(lines.map(({ correlationId }) => correlationId)).toEqual(status < 500 ? [] : ['c-1']);
  });
});

describe('perEnvironment', () => {
  it('builds its value once for each environment, and again after a failure', () => {
    let made = 0;
    const make = perEnvironment(({ bad }: { readonly bad?: boolean }) => {
      made += 1;
      if (bad) throw new Error('Cannot make it');
      return made;
    });
    const [one, two, bad] = [{}, {}, { bad: true }];
    expect([make(one), make(one), make(two), make(one)]).toEqual([1, 1, 2, 1]);
    expect(() => make(bad)).toThrow('Cannot make it');
    expect(() => make(bad)).toThrow('Cannot make it');
    expect(made).toBe(4);
  });
});
