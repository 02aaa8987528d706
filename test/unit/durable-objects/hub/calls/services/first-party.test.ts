import { describe, expect, it } from 'vitest';
import { boundService } from '../../../../../../durable-objects/hub/calls/services/first-party.ts';
import type { Call } from '../../../../../../durable-objects/hub/calls/services/service.ts';
import {
  type Endpoint,
  EVERYBODY,
} from '../../../../../../durable-objects/hub/catalogue/endpoint.ts';
import type { LogEvent } from '../../../../../../shared/telemetry/log.ts';

const endpoint: Endpoint = {
  service: 'identity',
  method: 'POST',
  path: '/api/v1/things',
  description: '',
  requestSchema: null,
  responseSchema: null,
  needsBody: false,
  repeatable: false,
  permission: EVERYBODY,
};
const call: Call = {
  endpoint,
  payload: new Uint8Array([123, 125]),
  binary: false,
  principal: {
    subject: 'u',
    sessionId: 's',
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
};

type Handler = (request: Request) => Promise<Response>;

function serviceOf(handler: Handler, timeout = 5_000) {
  const logged: LogEvent[] = [];
  const binding = { fetch: (request: Request) => handler(request) } as Pick<Fetcher, 'fetch'>;
  const service = boundService(binding, { timeout, log: (event) => logged.push(event) });
  return { service, logged };
}

/** A service that fails when the request is aborted, as a real one does. */
const aborted = ({ signal }: Request): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error('aborted')));
  });

/** A service whose body ends only when the request is aborted. */
const endless: Handler = async (request) => {
  const body = new ReadableStream({
    start: (controller) => {
      request.signal.addEventListener('abort', () => controller.error(new Error('aborted')));
    },
  });
  return new Response(body);
};

const failing = (type: string) =>
  serviceOf(async () => new Response('{}', { status: 500, headers: { 'content-type': type } }));

describe('a call of a first-party service', () => {
  it('[H31] times out while the service does not answer', async () => {
    const { service, logged } = serviceOf(aborted, 5);
    expect(await service(call)).toMatchObject({ name: 'Service_Timeout' });
    expect(logged).toEqual([]);
  });

  it('[H30] ends when it is cancelled, and that is no failure of the service', async () => {
    const { service, logged } = serviceOf(aborted);
    const aborter = new AbortController();
    const called = service({ ...call, signal: aborter.signal });
    aborter.abort();
    await called;
    expect(logged).toEqual([]);
  });

  it('[H31] times out while the body does not end', async () => {
    expect(await serviceOf(endless, 5).service(call)).toMatchObject({ name: 'Service_Timeout' });
  });

  it('[H31] is Service_Unavailable if the service cannot be reached, which is logged', async () => {
    const { service, logged } = serviceOf(() => Promise.reject(new Error('gone')));
    expect(await service(call)).toMatchObject({ name: 'Service_Unavailable' });
    expect(logged).toEqual([
      {
        event: 'hub.service_failed',
        level: 'error',
        correlationId: 'c-1',
        service: 'identity',
        path: '/api/v1/things',
        error: 'Error: gone',
      },
    ]);
  });

  it('[H26] carries the client’s address and country', async () => {
    const seen: Request[] = [];
    const { service } = serviceOf(async (request) => {
      seen.push(request);
      return Response.json({});
    });
    await service(call);
    expect(Object.fromEntries(seen[0]?.headers ?? [])).toMatchObject({
      'x-sallyport-client-ip': '192.0.2.1',
      'x-sallyport-country': 'NZ',
      'x-correlation-id': 'c-1',
    });
  });

  it.each([
    ['GET', false],
    ['DELETE', false],
    ['POST', true],
    ['PUT', true],
    ['PATCH', true],
  ])('[H26] carries a body with %s: %s', async (method, carried) => {
    let body = '';
    const { service } = serviceOf(async (request) => {
      body = await request.text();
      return new Response(null, { status: 204 });
    });
    const answer = await service({ ...call, endpoint: { ...endpoint, method } });
    expect(body).toBe(carried ? '{}' : '');
    expect(answer).toEqual({ name: 'OK', payload: new Uint8Array(), binary: false });
  });

  it.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['application/scim+json', false],
    ['text/plain', false],
    ['application/octet-stream', true],
    ['application/jsonish', true],
    ['', true],
  ])('[H25] has a binary answer of type %j: %s', async (type, binary) => {
    const headers = new Headers();
    if (type !== '') headers.set('content-type', type);
    const { service } = serviceOf(async () => new Response(new Uint8Array([1]), { headers }));
    expect((await service(call)).binary).toBe(binary);
  });

  it('[H33] has the payload of a problem document, and of no other error', async () => {
    const problem = await failing('application/problem+json').service(call);
    const page = await failing('text/html').service(call);
    expect([problem.payload.length, page.payload.length]).toEqual([2, 0]);
  });
});
