import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readJson } from '../support/hub-client.ts';
import { asAdministrator, createClient } from '../support/node/administered.ts';
import { freePort } from '../support/node/instance.ts';
import { issuer, newPerson, postJson } from '../support/node/provider.ts';
import { connectOverWs, type WsHubClient } from '../support/node/ws-hub.ts';

let game: ChildProcess;
let baseUrl: string;

/** Runs the example twice: its second start must accept that it is registered already. */
beforeAll(async () => {
  const { clientId, clientSecret = '' } = await createClient({
    client_name: 'Game',
    grant_types: ['client_credentials'],
    response_types: [],
    redirect_uris: [],
    scope: 'connect:register connect:publish',
  });
  const port = String(await freePort());
  baseUrl = `http://127.0.0.1:${port}`;
  await run({ PORT: port, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret });
  game.kill();
  await once(game, 'close');
  await run({ PORT: port, CLIENT_ID: clientId, CLIENT_SECRET: clientSecret });
});
afterAll(() => game.kill());

async function run(env: Readonly<Record<string, string>>): Promise<void> {
  game = spawn(process.execPath, ['examples/game-service/server.mjs'], {
    env: { ...process.env, ISSUER: issuer(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [game.stdout, game.stderr]) stream?.on('data', (data) => (said += data));
  await vi.waitFor(() => expect(said).toContain('Registered as game'), { timeout: 20_000 });
}

async function player(): Promise<{ hub: WsHubClient; token: string; accountId: string }> {
  const { email, password, accountId } = await newPerson();
  const response = await postJson('/api/v1/auth/login', { email, password });
  const { accessToken: token } = (await response.json()) as { accessToken: string };
  return { hub: await connectOverWs(`${issuer()}/connect`, token), token, accountId };
}

describe('examples/game-service', () => {
  it('is in the manifest, without the endpoints that a player may not call', async () => {
    await using ann = (await player()).hub;
    const { availableApis } = ann.manifest;
    const listed = availableApis.filter(({ service }) => service === 'game');
    expect(listed.map(({ endpoint }) => endpoint).toSorted()).toEqual([
      'GET:/moves',
      'POST:/drawings',
      'POST:/moves',
    ]);
  });

  it('is called over the hub, and its events reach the players', async () => {
    const { hub, accountId } = await player();
    await using ann = hub;
    await using bob = (await player()).hub;
    const answer = await ann.call('POST:/moves', { json: { square: 4 } });
    expect(answer).toMatchObject({ code: 0, flags: 0x40 });
    expect(readJson(answer)).toEqual({ square: 4, number: 1 });
    for (const client of [ann, bob]) {
      await vi.waitFor(() =>
        expect(client.inboxEvents).toContainEqual(
          expect.objectContaining({ eventName: 'game.moved', square: 4 }),
        ),
      );
    }
    expect(readJson(await bob.call('GET:/moves'))).toEqual({
      moves: [{ square: 4, by: accountId }],
    });
    expect((await bob.call('POST:/moves', { json: { square: 4 } })).code).toBe(53);
  });

  it('takes and returns bytes', async () => {
    await using ann = (await player()).hub;
    const drawing = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251);
    const answer = await ann.call('POST:/drawings', { payload: drawing, flags: 0x01 });
    expect(answer).toMatchObject({ code: 0, flags: 0x41 });
    expect(Buffer.compare(answer.payload, drawing.toReversed())).toBe(0);
  });

  it('is called over HTTP, too, and is reported as healthy', async () => {
    const { hub, token } = await player();
    await using _ = hub;
    const authorization = { authorization: `Bearer ${token}` };
    const call = { service: 'game', method: 'GET', path: '/moves' };
    const moves = await postJson('/api/v1/connect/internal/proxy', call, authorization);
    expect(await moves.json()).toHaveProperty('moves');
    await vi.waitFor(async () => {
      const response = await fetch(`${issuer()}/api/v1/connect/service-mappings`, {
        headers: authorization,
      });
      const { mappings } = (await response.json()) as { mappings: unknown[] };
      expect(mappings).toContainEqual(
        expect.objectContaining({ service: 'game', kind: 'registered', health: 'healthy' }),
      );
    });
  });

  it('refuses every caller but the hub', async () => {
    const { hub, token } = await player();
    await using _ = hub;
    for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
      expect((await fetch(`${baseUrl}/moves`, { headers })).status).toBe(401);
    }
  });

  it('is listed for the administrator, with the client that owns it', async () => {
    const response = await fetch(`${issuer()}/api/v1/connect/services/game`, {
      headers: await asAdministrator(),
    });
    expect(await response.json()).toMatchObject({
      name: 'game',
      baseUrl,
      openapiUrl: `${baseUrl}/openapi.json`,
      owner: expect.any(String),
    });
  });
});
