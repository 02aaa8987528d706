import { Redis } from '@upstash/redis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { startUpstashRest, type UpstashRest } from '../../scripts/local/upstash-rest.ts';
import { notRun } from '../support/node/not-run.ts';

const redisSocket = inject('redisSocket');

if (redisSocket === null) notRun('redis-server is not on the PATH: the REST protocol');
else restProtocol(redisSocket);

function restProtocol(path: string): void {
  let rest: UpstashRest;
  beforeAll(async () => {
    rest = await startUpstashRest({ redis: { path } });
  });
  afterAll(() => rest.close());

  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    fetch(rest.url + path, {
      method: 'POST',
      body,
      headers: { authorization: `Bearer ${rest.token}`, ...headers },
    });
  const answer = async (path: string, body: unknown, headers?: Record<string, string>) => {
    const response = await post(path, JSON.stringify(body), headers);
    return { status: response.status, ...((await response.json()) as object) };
  };

  describe("Upstash's REST protocol", () => {
    it('encodes texts as base64 if asked, except OK', async () => {
      const key = crypto.randomUUID();
      const base64 = { 'upstash-encoding': 'base64' };
      expect(await answer('/', ['SET', key, 'é'], base64)).toEqual({ status: 200, result: 'OK' });
      expect(await answer('/', ['GET', key], base64)).toMatchObject({ result: 'w6k=' });
      expect(await answer('/', ['GET', key])).toMatchObject({ result: 'é' });
      expect(await answer('/', ['STRLEN', key], base64)).toMatchObject({ result: 2 });
      expect(await answer('/', ['MGET', key, 'none'], base64)).toMatchObject({
        result: ['w6k=', null],
      });
    });

    it('serves pipelines, hashes and numbers to the client', async () => {
      const client = new Redis({ ...rest, enableTelemetry: false });
      const key = crypto.randomUUID();
      await client.hset(key, { name: 'é', count: 2 });
      expect(await client.hgetall(key)).toEqual({ name: 'é', count: 2 });
      const replies = client.pipeline().hincrby(key, 'count', 3).hget(key, 'name').get(key);
      expect(await replies.exec({ keepErrors: true })).toMatchObject([
        { result: 5 },
        { result: 'é' },
        { error: expect.stringContaining('WRONGTYPE') },
      ]);
    });

    it('runs a transaction without other commands between its own', async () => {
      const client = new Redis({ ...rest, enableTelemetry: false });
      const key = crypto.randomUUID();
      const increments = Array.from({ length: 20 }, () =>
        client.multi().get<number>(key).incr(key).exec<[number | null, number]>(),
      );
      const pairs = await Promise.all(increments);
      expect(pairs.map(([before, after]) => after - (before ?? 0))).toEqual(Array(20).fill(1));
    });

    it('discards a transaction with a command that cannot be queued', async () => {
      const key = crypto.randomUUID();
      const { status, ...body } = await answer('/multi-exec', [['SET', key, 'v'], ['GET']]);
      expect(status).toBe(400);
      expect(body).toEqual({ error: expect.stringContaining('wrong number of arguments') });
      expect(await answer('/', ['GET', key])).toMatchObject({ result: null });
    });

    it('answers 400 with the error of Redis', async () => {
      expect(await answer('/', ['NOPE'])).toMatchObject({
        status: 400,
        error: expect.stringContaining('unknown command'),
      });
      for (const body of [{}, [], [['SET', 'a', 'b']], 'SET', [1]]) {
        expect((await answer('/', body)).status).toBe(400);
      }
      for (const path of ['/pipeline', '/multi-exec']) {
        expect((await answer(path, ['SET', 'a', 'b'])).status).toBe(400);
        expect((await post(path, 'no json')).status).toBe(400);
      }
    });

    it('refuses commands that would change the shared connection', async () => {
      for (const name of ['SUBSCRIBE', 'multi', 'Select', 'BLPOP', 'CLIENT']) {
        const refused = { status: 400, error: expect.stringContaining('not available') };
        expect(await answer('/', [name, '0'])).toMatchObject(refused);
        expect(await answer('/pipeline', [[name, '0']])).toMatchObject(refused);
        expect(await answer('/multi-exec', [[name, '0']])).toMatchObject(refused);
      }
    });

    it('answers 401 without the token, whatever the path', async () => {
      const headers = ['', 'Bearer', 'Bearer wrong', `Basic ${rest.token}`, rest.token];
      for (const authorization of headers) {
        for (const path of ['/', '/pipeline', '/multi-exec', '/nothing']) {
          const { status } = await post(path, '["PING"]', { authorization });
          expect(status).toBe(401);
        }
      }
    });

    it('refuses other paths, other methods and bodies over 10 MiB', async () => {
      expect((await post('/get/key', '["PING"]')).status).toBe(404);
      const headers = { authorization: `Bearer ${rest.token}` };
      expect((await fetch(rest.url, { headers })).status).toBe(405);
      expect((await post('/', JSON.stringify(['PING', 'x'.repeat(11_000_000)]))).status).toBe(413);
    });
  });
}
