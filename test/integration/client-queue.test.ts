import { afterAll, beforeAll, expect, it } from 'vitest';

import type { HubState } from '../../client/src/index.ts';
import { eventually } from '../support/node/eventually.ts';
import { RunningHubFixture } from '../support/node/running-hub-fixture.ts';

let running: RunningHubFixture;

beforeAll(async () => {
  running = await RunningHubFixture.start({ QUEUE_CAPACITY: '1' });
});
afterAll(() => running[Symbol.asyncDispose]());

it('a client in the queue reports its place and connects when it is its turn', async () => {
  const first = (await running.somebody()).connect();
  await first.opened();
  const second = (await running.somebody()).connect();
  const states: HubState[] = [];
  second.onState((state) => states.push(state));
  await eventually(() =>
    expect(states).toContainEqual(
      expect.objectContaining({
        name: 'reconnecting',
        queue: { position: 1, etaSeconds: undefined },
      }),
    ),
  );
  await running.connectApi('queue/release', { count: 1 });
  await second.opened();
  expect(await second.call('echo', 'POST:/echo', 'in')).toBe('in');
  expect(first.state.name).toBe('open');
  first.close();
  second.close();
});
