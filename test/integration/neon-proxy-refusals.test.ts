import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { WebSocket } from 'ws';

import { type NeonProxy, startNeonProxy } from '../../scripts/local/neon-proxy.ts';

let proxy: NeonProxy;
let unreachable: NeonProxy;
beforeAll(async () => {
  proxy = await startNeonProxy({ connectionString: inject('databaseUrl') });
  unreachable = await startNeonProxy({ connectionString: 'postgresql://u:p@127.0.0.1:9/db' });
});
afterAll(async () => {
  await proxy.close();
  await unreachable.close();
});

const HEADERS = { 'neon-connection-string': 'postgresql://u:p@example.test/db' };

async function post(body: string, headers: Record<string, string> = HEADERS, to = proxy) {
  const response = await fetch(`http://${to.host}/sql`, { method: 'POST', body, headers });
  return { status: response.status, body: (await response.json()) as { message: string } };
}

const ONE = JSON.stringify({ query: 'SELECT 1 AS one', params: [] });

describe('POST /sql', () => {
  it('answers JSON values, or text if the request asks for it', async () => {
    const text = { ...HEADERS, 'neon-raw-text-output': 'true' };
    expect((await post(ONE)).body).toMatchObject({ rows: [{ one: 1 }], rowAsArray: false });
    expect((await post(ONE, text)).body).toMatchObject({ rows: [{ one: '1' }] });
    const arrays = await post(ONE, { ...text, 'neon-array-mode': 'true' });
    expect(arrays.body).toMatchObject({ rows: [['1']], rowAsArray: true });
  });

  it('refuses a request without the driver’s header, which a web page could send', async () => {
    expect((await post(ONE, { 'content-type': 'text/plain' })).status).toBe(400);
  });

  it('refuses bodies that are neither a query nor a batch', async () => {
    for (const body of ['', 'no json', '[]', '{}', '{"queries":[{}]}', '{"query":1}']) {
      expect((await post(body)).status).toBe(400);
    }
  });

  it('refuses isolation levels that PostgreSQL does not have', async () => {
    for (const level of ['', 'serializable', 'Chaos; DROP TABLE x', 'toString']) {
      const headers = { ...HEADERS, 'neon-batch-isolation-level': level };
      expect((await post(JSON.stringify({ queries: [] }), headers)).status).toBe(400);
    }
  });

  it('refuses a body over 64 MiB', async () => {
    expect((await post('x'.repeat(64 * 1024 * 1024 + 1))).status).toBe(413);
  });

  it('answers 503 while the database is down, and works afterwards', async () => {
    expect((await post(ONE, HEADERS, unreachable)).status).toBe(503);
    expect((await post(ONE, HEADERS, unreachable)).status).toBe(503);
  });

  it('refuses other paths and methods', async () => {
    const other = await fetch(`http://${proxy.host}/`, { method: 'POST', headers: HEADERS });
    const read = await fetch(`http://${proxy.host}/sql`, { headers: HEADERS });
    expect([other.status, read.status]).toEqual([404, 405]);
  });
});

const opened = (url: string, origin?: string) =>
  new Promise<string>((resolve) => {
    const socket = new WebSocket(url, origin === undefined ? {} : { origin });
    socket.on('open', () => {
      socket.close();
      resolve('open');
    });
    socket.on('error', ({ message }) => resolve(message));
  });

describe('WebSocket /v2', () => {
  it('refuses requests with an Origin, and other paths', async () => {
    expect(await opened(`ws://${proxy.host}/v2`)).toBe('open');
    expect(await opened(`ws://${proxy.host}/v2`, 'https://evil.test')).toContain('403');
    expect(await opened(`ws://${proxy.host}/`)).toContain('403');
  });

  it('closes where the database cannot be reached', async () => {
    const socket = new WebSocket(`ws://${unreachable.host}/v2`);
    const code = await new Promise((resolve) => socket.on('close', resolve));
    expect(code).toBe(1000);
  });

  it('closes with the proxy, which may be closed twice', async () => {
    const closing = await startNeonProxy({ connectionString: inject('databaseUrl') });
    const socket = new WebSocket(`ws://${closing.host}/v2`);
    await new Promise((resolve) => socket.on('open', resolve));
    const code = new Promise((resolve) => socket.on('close', resolve));
    await Promise.all([closing.close(), closing.close()]);
    expect(await code).toBe(1001);
  });

  it('listens on a free port', async () => {
    const port = Number(proxy.host.split(':')[1]);
    const taken = startNeonProxy({ connectionString: inject('databaseUrl'), port });
    await expect(taken).rejects.toThrow('EADDRINUSE');
  });
});
