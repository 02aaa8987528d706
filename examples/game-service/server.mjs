/** A game service behind the hub: it registers itself, answers calls of clients, and sends them events. */

import { createServer } from 'node:http';
import { authenticate } from './caller.mjs';
import { connect } from './sallyport.mjs';

const port = Number(process.env.PORT ?? 8090);
const baseUrl = process.env.PUBLIC_URL ?? `http://127.0.0.1:${port}`;

const operation = (summary, more = {}) => ({
  summary,
  responses: { 200: { description: 'OK' } },
  ...more,
});
const body = (type, schema) => ({
  requestBody: { required: true, content: { [type]: { schema } } },
});
const move = {
  type: 'object',
  properties: { square: { type: 'integer', minimum: 0, maximum: 8 } },
};

/** The calls that clients can make. `x-sallyport-permission` limits who may make them. */
const openapi = {
  openapi: '3.1.0',
  info: { title: 'Noughts and crosses', version: '1' },
  paths: {
    '/moves': {
      get: operation('Lists the moves'),
      post: operation('Makes a move', body('application/json', move)),
      delete: operation('Begins anew', { 'x-sallyport-permission': { roles: ['admin'] } }),
    },
    '/drawings': {
      post: operation('Turns the bytes of a drawing round', body('application/octet-stream', {})),
    },
  },
};

const moves = [];

const routes = {
  'GET /moves': () => Response.json({ moves }),
  'POST /moves': async (request, caller) => {
    const { square } = await request.json();
    if (moves.some((made) => made.square === square)) return problem(409, 'The square is taken');
    moves.push({ square, by: caller.sub });
    await sallyport.publish({ target: 'all', eventName: 'game.moved', payload: { square } });
    return Response.json({ square, number: moves.length });
  },
  'DELETE /moves': () => {
    moves.length = 0;
    return new Response(null, { status: 204 });
  },
  'POST /drawings': async (request) =>
    new Response(new Uint8Array(await request.arrayBuffer()).toReversed()),
};

const problem = (status, title) =>
  new Response(JSON.stringify({ title, status }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });

async function serve(request) {
  const { pathname } = new URL(request.url);
  if (pathname === '/openapi.json') return Response.json(openapi);
  if (pathname === '/health') return new Response();
  const caller = await authenticate(request.headers.get('authorization'), baseUrl);
  if (caller === undefined) return problem(401, 'Only Sallyport may ask');
  const route = routes[`${request.method} ${pathname}`];
  return route === undefined ? problem(404, 'There is nothing here') : route(request, caller);
}

async function answer(incoming, outgoing) {
  const { method, headers, url } = incoming;
  const hasBody = method !== 'GET' && method !== 'DELETE';
  const init = hasBody ? { method, headers, body: incoming, duplex: 'half' } : { method, headers };
  const response = await serve(new Request(new URL(url, baseUrl), init)).catch((error) =>
    problem(500, String(error)),
  );
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.end(Buffer.from(await response.arrayBuffer()));
}

const server = createServer((incoming, outgoing) => void answer(incoming, outgoing));
await new Promise((listening) => server.listen(port, '127.0.0.1', listening));

const sallyport = await connect();
await sallyport.register('game', {
  baseUrl,
  audience: baseUrl,
  openapi: 'openapi.json',
  healthPath: '/health',
});
console.log(`Registered as game, at ${baseUrl}`);
