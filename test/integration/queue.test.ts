import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

import { ApiClient, type Tokens } from '../support/node/api-client.ts';
import { startWorkers } from '../support/node/harness.ts';
import { connectOverWs, UpgradeRefused } from '../support/node/ws-hub.ts';

let workers: Awaited<ReturnType<typeof startWorkers>>;
let api: ApiClient;

beforeAll(async () => {
  workers = await startWorkers({
    databaseProxy: inject('databaseProxy'),
    connect: { QUEUE_CAPACITY: '1' },
  });
  api = new ApiClient(workers.url);
});
afterAll(() => workers[Symbol.asyncDispose]());

async function ask({ accessToken: token }: Tokens) {
  const { json } = await api.call('/queue/request-access', { token, body: {} });
  return json as { granted: boolean; grant?: string; position?: number };
}

const connect = ({ accessToken }: Tokens, subprotocols: readonly string[] = []) =>
  connectOverWs(`${workers.url}/connect`, accessToken, { subprotocols });

async function refusalOf(connecting: Promise<unknown>) {
  const error = await connecting.catch((one: unknown) => one);
  if (!(error instanceof UpgradeRefused))
    throw new Error('Cannot go on: the upgrade was not refused');
  return {
    status: error.status,
    ...(JSON.parse(error.body) as { code: string; queueUrl?: string }),
  };
}

describe('the admission queue over real sockets', () => {
  it('admits one client, makes the next one wait, and keeps the seat of a client that reconnects', async () => {
    const [ann, bob] = [await api.register(), await api.register()];
    const required = { status: 429, code: 'CONNECT_QUEUE_REQUIRED' };
    const refused = await refusalOf(connect(ann));
    expect(refused).toMatchObject(required);
    expect(refused.queueUrl).toMatch(/\/queue\/request-access$/);

    const { grant = '' } = await ask(ann);
    const first = await connect(ann, ['sallyport.v1', `grant.${grant}`]);
    expect(first.subprotocol).toBe('sallyport.v1');
    expect(await ask(bob)).toMatchObject({ granted: false, position: 1 });
    expect(await refusalOf(connect(bob, ['sallyport.v1', `grant.${grant}`]))).toMatchObject({
      status: 403,
      code: 'CONNECT_QUEUE_GRANT_INVALID',
    });

    await first[Symbol.asyncDispose]();
    expect(await ask(bob)).toMatchObject({ granted: false, position: 1 });
    await using again = await connect(ann);
    expect(again.manifest.sessionId).toBe(ann.sessionId);
    expect(await refusalOf(connect(bob))).toMatchObject(required);
    const status = await api.call('/queue/status');
    expect(status.json).toEqual({ open: false, waiting: 1, etaSeconds: null });
  });

  it('is described in the OpenAPI document', async () => {
    const { json } = await api.call('/openapi.json');
    const paths = Object.keys(json.paths);
    expect(paths).toEqual(
      expect.arrayContaining(['/queue/request-access', '/queue/status', '/api/v1/connect/queue']),
    );
  });
});
