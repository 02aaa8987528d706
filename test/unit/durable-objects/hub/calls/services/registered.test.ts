import { describe, expect, it } from 'vitest';

import { registeredService } from '../../../../../../durable-objects/hub/calls/services/registered.ts';
import type { Call } from '../../../../../../durable-objects/hub/calls/services/service.ts';
import { EVERYBODY } from '../../../../../../durable-objects/hub/catalogue/endpoint.ts';
import { safeFetch } from '../../../../../../shared/http/safe-fetch.ts';
import type { LogEvent } from '../../../../../../shared/telemetry/log.ts';

const REMOTE = { baseUrl: 'https://chess.example/v1', audience: 'https://chess.example' };

const aCall = (change: Partial<Call> & { method?: string } = {}): Call => ({
  endpoint: {
    service: 'chess',
    method: change.method ?? 'POST',
    path: '/moves',
    description: '',
    requestSchema: null,
    responseSchema: null,
    needsBody: false,
    repeatable: false,
    permission: EVERYBODY,
    remote: REMOTE,
  },
  payload: new Uint8Array([0, 255, 10]),
  binary: true,
  principal: {
    subject: 'ada',
    sessionId: 'ses_a',
    clientId: 'c',
    scopes: [],
    roles: [],
    tokenId: 't',
    expiresAt: 0,
  },
  clientIp: '192.0.2.1',
  country: 'NZ',
  correlationId: 'c-1',
  signal: new AbortController().signal,
  ...change,
});

type Handler = (request: Request) => Promise<Response>;

function fixtureOf(handler: Handler, remote = REMOTE, timeout = 5_000) {
  const logged: LogEvent[] = [];
  const requests: Request[] = [];
  const fetch = (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input, init);
    requests.push(request);
    return handler(request);
  };
  const fetchSafely = safeFetch({ allowLoopback: false, issuer: 'https://id.example', fetch });
  const tokens = {
    for: async (_: unknown, __: string, audience: string) => `token-for-${audience}`,
  };
  const log = (event: LogEvent) => logged.push(event);
  const service = registeredService({ fetchSafely, tokens, timeout, log })(remote);
  return { service, logged, requests };
}

describe('a call of a registered service', () => {
  it('[H35] carries the payload and the token, and no internal header', async () => {
    const bodies: Uint8Array[] = [];
    const { service, requests } = fixtureOf(async (request) => {
      bodies.push(new Uint8Array(await request.arrayBuffer()));
      return Response.json({ ok: true });
    });
    const answer = await service(aCall());
    expect(answer).toMatchObject({ name: 'OK', binary: false });
    expect(new TextDecoder().decode(answer.payload)).toBe('{"ok":true}');
    expect(requests.map(({ method, url }) => [method, url])).toEqual([
      ['POST', 'https://chess.example/v1/moves'],
    ]);
    expect(Object.fromEntries(requests[0]?.headers ?? [])).toEqual({
      accept: 'application/json, application/problem+json, */*',
      authorization: 'Bearer token-for-https://chess.example',
      'content-type': 'application/octet-stream',
      'user-agent': 'Sallyport',
      'x-correlation-id': 'c-1',
    });
    expect(bodies).toEqual([new Uint8Array([0, 255, 10])]);
  });

  it.each([
    ['JSON', aCall({ binary: false }), 'application/json'],
    ['nothing, with GET', aCall({ method: 'GET' }), null],
    ['nothing, if it is empty', aCall({ payload: new Uint8Array() }), null],
  ])('[H35] carries %s', async (_, call, type) => {
    const { service, requests } = fixtureOf(async () => new Response());
    await service(call);
    expect(requests[0]?.headers.get('content-type')).toBe(type);
    expect((await requests[0]?.arrayBuffer())?.byteLength === 0).toBe(type === null);
  });

  it('[H36] returns bytes unchanged', async () => {
    const { service } = fixtureOf(async () => new Response(new Uint8Array([0, 255, 254])));
    expect(await service(aCall())).toEqual({
      name: 'OK',
      payload: new Uint8Array([0, 255, 254]),
      binary: true,
    });
  });

  it.each([
    [301, 'Service_InternalServerError'],
    [400, 'Service_BadRequest'],
    [403, 'Service_Unauthorized'],
    [404, 'Service_NotFound'],
    [409, 'Service_Conflict'],
    [429, 'Service_TooManyRequests'],
    [500, 'Service_InternalServerError'],
    [503, 'Service_Unavailable'],
  ])('[H36] answers status %i with %s', async (status, name) => {
    const { service } = fixtureOf(
      async () => new Response('', { status, headers: { location: 'https://elsewhere.example' } }),
    );
    expect((await service(aCall())).name).toBe(name);
  });

  it('[H36] reads at most 4 MiB', async () => {
    const largest = 4 * 1_024 ** 2;
    const sized = (size: number) => fixtureOf(async () => new Response(new Uint8Array(size)));
    expect((await sized(largest).service(aCall())).payload).toHaveLength(largest);
    const { service, logged } = sized(largest + 1);
    expect((await service(aCall())).name).toBe('Service_InternalServerError');
    expect(logged).toMatchObject([{ event: 'hub.service_failed', error: 'too_large' }]);
  });

  it('[H36] has a deadline, also for the body', async () => {
    const late: Handler = ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    expect((await fixtureOf(late, REMOTE, 20).service(aCall())).name).toBe('Service_Timeout');
    const endless: Handler = async ({ signal }) =>
      new Response(
        new ReadableStream({
          start: (stream) => {
            signal.addEventListener('abort', () => stream.error(new Error('aborted')));
          },
        }),
      );
    expect((await fixtureOf(endless, REMOTE, 20).service(aCall())).name).toBe('Service_Timeout');
  });

  it('[H36] is Service_Unavailable if the service cannot be reached', async () => {
    const { service, logged } = fixtureOf(() => Promise.reject(new Error('no route')));
    expect((await service(aCall())).name).toBe('Service_Unavailable');
    expect(logged).toMatchObject([{ service: 'chess', path: '/moves', error: 'unreachable' }]);
  });

  it.each(['http://chess.example', 'https://10.0.0.1', 'https://localhost', 'https://id.example'])(
    '[H36] is never made to %s',
    async (baseUrl) => {
      const { service, requests } = fixtureOf(async () => new Response(), { ...REMOTE, baseUrl });
      expect((await service(aCall())).name).toBe('Service_Unavailable');
      expect(requests).toEqual([]);
    },
  );
});
