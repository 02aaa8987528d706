import { createServer, type RequestListener } from 'node:http';

import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { listenOn } from '../../scripts/local/http-server.ts';
import { startUpstashRest, type UpstashRest } from '../../scripts/local/upstash-rest.ts';
import { TtlStoreUnavailable } from '../../shared/ttl-store/ttl-store.ts';
import { upstashTtlStore } from '../../workers/identity/platform/upstash-ttl-store.ts';
import { ttlStoreContract } from '../contract/ttl-store.contract.ts';
import { notRun } from '../support/node/not-run.ts';

const redisSocket = inject('redisSocket');

if (redisSocket === null) notRun('redis-server is not on the PATH: the Upstash store');
else withRedis(redisSocket);

const nobody = () => upstashTtlStore({ url: 'http://127.0.0.1:9', token: 't', timeout: 2_000 });

function withRedis(path: string): void {
  let rest: UpstashRest;
  beforeAll(async () => {
    rest = await startUpstashRest({ redis: { path } });
  });
  afterAll(() => rest.close());

  const store = () => upstashTtlStore(rest);
  const wrongToken = () => upstashTtlStore({ url: rest.url, token: 'wrong' });
  ttlStoreContract('Upstash', store, wrongToken);

  describe('upstashTtlStore()', () => {
    it('is unavailable where no server listens', async () => {
      await expect(nobody().get('k')).rejects.toThrow(TtlStoreUnavailable);
      await expect(nobody().take('k')).rejects.toThrow(TtlStoreUnavailable);
      expect(await nobody().health()).toBe('DOWN');
    });

    it('writes keys with the prefix sallyport: only', async () => {
      const client = new Redis({ ...rest, enableTelemetry: false });
      const key = crypto.randomUUID();
      await store().put(key, 'v', 60);
      expect(await client.get(`sallyport:${key}`)).toBe('v');
      expect(await client.ttl(`sallyport:${key}`)).toBeGreaterThan(55);
      expect(await client.get(key)).toBeNull();
    });
  });
}

async function against(listener: RequestListener, test: (url: string) => Promise<void>) {
  const listening = await listenOn(createServer(listener), { host: '127.0.0.1', port: 0 });
  try {
    await test(`http://127.0.0.1:${listening.port}`);
  } finally {
    await listening.close();
  }
}
const open = (url: string) => upstashTtlStore({ url, token: 't', timeout: 700 });

describe('upstashTtlStore() with a faulty server', () => {
  it('does not use an answer that came too late', async () => {
    await against(
      () => {},
      async (url) => {
        await expect(open(url).get('k')).rejects.toThrow(TtlStoreUnavailable);
        await expect(open(url).putIfAbsent('k', 'v', 1)).rejects.toThrow(TtlStoreUnavailable);
        await expect(open(url).take('k')).rejects.toThrow(TtlStoreUnavailable);
        expect(await open(url).health()).toBe('DOWN');
      },
    );
  });

  it.each([
    ['an error', 500, '{"error":"ERR internal"}'],
    ['text that is not JSON', 200, '<html>'],
    ['JSON that is not an object', 200, '"v"'],
    ['an object without result', 200, '{}'],
    ['a number', 200, '{"result":1}'],
    ['a list', 200, '{"result":["v"]}'],
  ])('is unavailable if it answers %s', async (_, status, body) => {
    await against(
      (_request, response) => void response.writeHead(status).end(body),
      async (url) => {
        await expect(open(url).get('k')).rejects.toThrow(TtlStoreUnavailable);
        await expect(open(url).take('k')).rejects.toThrow(TtlStoreUnavailable);
        await expect(open(url).put('k', 'v', 1)).rejects.toThrow(TtlStoreUnavailable);
        await expect(open(url).putIfAbsent('k', 'v', 1)).rejects.toThrow(TtlStoreUnavailable);
      },
    );
  });

  it('repeats a read, but never a single use', async () => {
    let requests = 0;
    const dropping: RequestListener = (request) => {
      requests += 1;
      request.socket.destroy();
    };
    await against(dropping, async (url) => {
      await expect(open(url).get('k')).rejects.toThrow(TtlStoreUnavailable);
      expect(requests).toBe(3);
      await expect(open(url).take('k')).rejects.toThrow(TtlStoreUnavailable);
      await expect(open(url).putIfAbsent('k', 'v', 1)).rejects.toThrow(TtlStoreUnavailable);
      expect(requests).toBe(5);
    });
  });

  it('reports errors without key and value, although the client’s errors contain them', async () => {
    await against(
      (_request, response) => void response.writeHead(400).end('{"error":"ERR echo hunter2"}'),
      async (url) => {
        const error: unknown = await open(url)
          .put('key-hunter2', 'hunter2', 1)
          .catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(TtlStoreUnavailable);
        expect(Object.values(error as Error).join()).not.toContain('hunter2');
        expect(
          [String(error), (error as Error).stack, (error as Error).cause].join(),
        ).not.toContain('hunter2');
      },
    );
  });
});
