import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { Hub, HubEvent, Sallyport } from '../../client/src/index.ts';
import { eventually } from '../support/node/eventually.ts';
import { RunningHubFixture } from '../support/node/running-hub-fixture.ts';

let running: RunningHubFixture;
const hubs: Hub[] = [];

beforeAll(async () => {
  running = await RunningHubFixture.start();
});
afterAll(async () => {
  for (const hub of hubs) hub.close();
  await running[Symbol.asyncDispose]();
});

/** Connects a client and records its events. */
async function aListener() {
  const sallyport = await running.somebody();
  const hub = sallyport.connect();
  hubs.push(hub);
  const heard: number[] = [];
  const gaps: HubEvent[] = [];
  const states: string[] = [];
  hub.on('game.tick', (event) => heard.push(Number(event['tick'])));
  hub.on('connect.gap', (event) => gaps.push(event));
  hub.onState((state) => states.push(state.name === 'open' ? `${state.resumed}` : state.name));
  await hub.opened();
  return { sallyport, hub, heard, gaps, states };
}

async function tick({ session }: Sallyport, from: number, to: number): Promise<void> {
  const target = { sessionId: session?.sessionId, userId: session?.accountId };
  const events = Array.from({ length: to - from }, (_, at) => ({
    target,
    eventName: 'game.tick',
    payload: { tick: from + at },
  }));
  await running.connectApi('events', { events });
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe('a client after a loss of its connection', () => {
  it('gets every event once and in order, including the missed ones', async () => {
    const { sallyport, heard, gaps, states } = await aListener();
    await tick(sallyport, 0, 10);
    await eventually(() => expect(heard).toHaveLength(10));
    running.proxy.break();
    await eventually(() => expect(states).toContain('reconnecting'));
    await tick(sallyport, 10, 40);
    running.proxy.mend();
    await eventually(() => expect(heard).toHaveLength(40));
    await tick(sallyport, 40, 50);
    await eventually(() => expect(heard).toHaveLength(50));
    expect(heard).toEqual(upTo(50));
    expect(states.at(-1)).toBe('true');
    expect(gaps).toEqual([]);
  });

  it('gets every event once over repeated losses', async () => {
    const { sallyport, heard, states } = await aListener();
    for (let round = 0; round < 8; round += 1) {
      const published = tick(sallyport, 25 * round, 25 * (round + 1));
      running.proxy.cut();
      await published;
    }
    await eventually(() => expect(heard).toHaveLength(200));
    expect(heard).toEqual(upTo(200));
    expect(states).not.toContain('closed');
  });

  it('gets answers to idempotent calls, and has the same GUIDs', async () => {
    const { hub } = await aListener();
    const before = hub.manifest?.availableApis;
    const calls = upTo(20).map((at) =>
      hub.call('echo', 'POST:/echo', at, { channel: at, idempotent: true }),
    );
    running.proxy.cut();
    expect(await Promise.all(calls)).toEqual(upTo(20));
    expect(hub.manifest?.availableApis).toEqual(before);
  });

  it('loses no event when a deploy closes the connection', async () => {
    const { sallyport, heard, gaps, states } = await aListener();
    await tick(sallyport, 0, 5);
    await eventually(() => expect(heard).toHaveLength(5));
    await running.connectApi('drain', { overSeconds: 0 });
    await eventually(() => expect(states).toContain('reconnecting'));
    await tick(sallyport, 5, 10);
    await eventually(() => expect(heard).toHaveLength(10));
    expect(heard).toEqual(upTo(10));
    await eventually(() => expect(states.at(-1)).toBe('true'));
    expect(gaps).toEqual([]);
  });

  it('loses no event when the whole system is killed and started again', async () => {
    const { sallyport, hub, heard, gaps, states } = await aListener();
    await tick(sallyport, 0, 20);
    await eventually(() => expect(heard).toHaveLength(20));
    await running.killAndStart();
    await eventually(() => expect(hub.state.name).toBe('open'));
    await tick(sallyport, 20, 30);
    await eventually(() => expect(heard).toHaveLength(30));
    expect(heard).toEqual(upTo(30));
    expect(states.at(-1)).toBe('true');
    expect(gaps).toEqual([]);
  });
});

describe('a stream that is gone', () => {
  it('is reported: the next connection is open with resumed: false', async () => {
    const { hub, states } = await aListener();
    hub.close();
    hub.reconnect();
    await eventually(() => expect(states).toEqual(['false', 'closed', 'connecting', 'false']));
  });
});
