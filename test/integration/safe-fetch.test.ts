import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { fromUtf8 } from '../../shared/bytes.ts';
import { fetchDocument, safeFetch } from '../../shared/http/safe-fetch.ts';

let server: Server;
let origin: string;
const seen: { url: string; method: string; headers: NodeJS.Dict<string | string[]> }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const { url = '', method = '', headers } = request;
    seen.push({ url, method, headers });
    if (url === '/redirect') response.writeHead(302, { location: '/json' }).end();
    else if (url === '/large') response.end('x'.repeat(5_000));
    else if (url === '/endless') {
      response.write('x');
      const timer = setInterval(() => response.write('x'.repeat(1_000)), 1);
      response.on('close', () => clearInterval(timer));
    } else if (url === '/silent') return;
    else if (url === '/down') response.writeHead(503).end();
    else if (url === '/gone') response.writeHead(404).end('{}');
    else response.writeHead(200, { 'set-cookie': 'a=b' }).end('{"a":1}');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const local = safeFetch({ allowLoopback: true, issuer: 'http://127.0.0.1', fetch });
const GET = { accept: 'application/json', maxBytes: 1_000, timeout: 2_000 };

describe('a safe fetch', () => {
  it('returns an answer, and sends no headers that it need not', async () => {
    const answer = await local(`${origin}/json`, { ...GET, headers: { 'x-more': '1' } });
    expect(answer).toMatchObject({ ok: true, value: { status: 200 } });
    if (answer.ok) expect(fromUtf8(answer.value.body)).toBe('{"a":1}');
    await local(`${origin}/json`, GET);
    const { headers } = seen.at(-1) ?? {};
    expect(headers).toMatchObject({ accept: 'application/json', 'user-agent': 'Sallyport' });
    expect(headers).not.toHaveProperty('cookie');
  });

  it('sends a body by POST', async () => {
    const post = { ...GET, method: 'POST', body: 'a=1' } as const;
    expect((await local(`${origin}/json`, post)).ok).toBe(true);
    expect(seen.at(-1)?.method).toBe('POST');
  });

  it('follows no redirect', async () => {
    const before = seen.length;
    expect(await local(`${origin}/redirect`, GET)).toMatchObject({ error: { reason: 'redirect' } });
    expect(seen.slice(before).map(({ url }) => url)).toEqual(['/redirect']);
  });

  it.each(['/large', '/endless'])('stops reading %s', async (path) => {
    expect(await local(origin + path, GET)).toMatchObject({ error: { reason: 'too_large' } });
  });

  it('reads up to the given size', async () => {
    expect((await local(`${origin}/large`, { ...GET, maxBytes: 5_000 })).ok).toBe(true);
    expect((await local(`${origin}/large`, { ...GET, maxBytes: 4_999 })).ok).toBe(false);
  });

  it('fails after its timeout, and where no server is', async () => {
    const silent = await local(`${origin}/silent`, { ...GET, timeout: 50 });
    expect(silent).toMatchObject({ error: { reason: 'unreachable' } });
    const endless = { ...GET, timeout: 50, maxBytes: 1e9 };
    expect(await local(`${origin}/endless`, endless)).toMatchObject({ ok: false });
    expect(await local('http://127.0.0.1:1/', GET)).toMatchObject({
      error: { reason: 'unreachable' },
    });
  });

  it('sends no request to an unsafe address', async () => {
    const before = seen.length;
    const strict = safeFetch({ allowLoopback: false, issuer: 'https://id.example', fetch });
    for (const url of [`${origin}/json`, 'https://10.0.0.1/', 'file:///etc/passwd', 'nonsense']) {
      expect(await strict(url, GET)).toMatchObject({ error: { reason: 'unsafe_url' } });
    }
    expect(seen).toHaveLength(before);
  });

  it('sends no request to the issuer itself', async () => {
    let requests = 0;
    const strict = safeFetch({
      allowLoopback: false,
      issuer: 'https://id.example',
      fetch: async () => {
        requests += 1;
        return new Response();
      },
    });
    for (const url of [
      'https://id.example/x',
      'https://ID.example:8443/',
      'https://id.example./',
    ]) {
      expect(await strict(url, GET)).toMatchObject({
        error: { reason: 'unsafe_url', detail: 'must not lead to this server' },
      });
    }
    expect((await strict('https://rp.example/', GET)).ok).toBe(true);
    expect(requests).toBe(1);
  });
});

describe('a document', () => {
  it.each([
    ['/json', { ok: true }],
    ['/gone', { error: { reason: 'absent' } }],
    ['/down', { error: { reason: 'unreachable' } }],
    ['/redirect', { error: { reason: 'redirect' } }],
  ])('at %s has the expected outcome', async (path, outcome) => {
    expect(await fetchDocument(local, origin + path, 1_000)).toMatchObject(outcome);
  });
});
