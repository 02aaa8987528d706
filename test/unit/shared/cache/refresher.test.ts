import { describe, expect, it } from 'vitest';

import { Refresher } from '../../../../shared/cache/refresher.ts';
import type { LogEvent } from '../../../../shared/telemetry/log.ts';

const FAILURE = new Error('Cannot load: a test says so');

/** A refresher over loads that a test ends; its clock moves when the test or a wait moves it. */
class RefresherFixture {
  now = 1_000_000;
  loads = 0;
  load: () => Promise<void> = async () => {};
  readonly events: LogEvent[] = [];
  readonly background: Promise<unknown>[] = [];
  readonly refresher = new Refresher(
    {
      name: 'test.data',
      refreshAfter: 1_000,
      waitAfter: 5_000,
      unusableAfter: 60_000,
      load: () => {
        this.loads += 1;
        return this.load();
      },
    },
    {
      clock: () => this.now,
      log: (event) => void this.events.push(event),
      wait: async (duration) => {
        this.now += duration;
        await Promise.resolve();
      },
    },
  );

  use(): Promise<void> {
    return this.refresher.ensureUsable({ waitUntil: (work) => void this.background.push(work) });
  }
}

describe('Refresher', () => {
  it('loads before the first use, and not again while the data are young', async () => {
    const fixture = new RefresherFixture();
    await fixture.use();
    fixture.now += 999;
    await fixture.use();
    expect([fixture.loads, fixture.background.length]).toEqual([1, 0]);
  });

  it('goes on refreshing after the clock was set back', async () => {
    const fixture = new RefresherFixture();
    await fixture.use();
    fixture.now -= 3_600_000;
    await fixture.use();
    expect(fixture.loads).toBe(2);
    fixture.now += 999;
    await fixture.use();
    expect(fixture.loads).toBe(2);
    fixture.now += 5_000;
    await fixture.use();
    expect(fixture.loads).toBe(3);
  });

  it('refreshes behind the answer first, and before it later', async () => {
    const fixture = new RefresherFixture();
    await fixture.use();
    fixture.now += 1_000;
    await fixture.use();
    expect([fixture.loads, fixture.background.length]).toEqual([2, 1]);
    await Promise.all(fixture.background);
    fixture.now += 5_000;
    await fixture.use();
    expect([fixture.loads, fixture.background.length]).toEqual([3, 1]);
  });

  it('refreshes before the answer where nothing can go on behind it', async () => {
    const fixture = new RefresherFixture();
    await fixture.use();
    fixture.now += 1_000;
    await fixture.refresher.ensureUsable();
    expect([fixture.loads, fixture.background.length]).toEqual([2, 0]);
  });

  it('runs one load at a time, for which all requests wait', async () => {
    const fixture = new RefresherFixture();
    const { promise, resolve } = Promise.withResolvers<void>();
    fixture.load = () => promise;
    const uses = Array.from({ length: 20 }, () => fixture.use());
    await Promise.resolve();
    resolve();
    await Promise.all(uses);
    expect(fixture.loads).toBe(1);
  });

  it('returns the data after a failure until they are too old, and then throws the failure', async () => {
    const fixture = new RefresherFixture();
    await fixture.use();
    fixture.load = () => Promise.reject(FAILURE);
    fixture.now += 59_999;
    await fixture.use();
    fixture.now += 1_000;
    await expect(fixture.use()).rejects.toBe(FAILURE);
    expect(fixture.events).toContainEqual(
      expect.objectContaining({ event: 'test.data_unreachable', level: 'warn' }),
    );
  });

  it('does not load for a second after a failure', async () => {
    const fixture = new RefresherFixture();
    fixture.load = () => Promise.reject(FAILURE);
    await expect(fixture.use()).rejects.toBe(FAILURE);
    fixture.now += 999;
    await expect(fixture.use()).rejects.toBe(FAILURE);
    expect(fixture.loads).toBe(1);
    fixture.now += 1;
    await expect(fixture.use()).rejects.toBe(FAILURE);
    expect(fixture.loads).toBe(2);
  });

  it('gives a load up that does not end', async () => {
    const fixture = new RefresherFixture();
    fixture.load = () => new Promise<void>(() => {});
    void fixture.use().catch(() => {});
    await Promise.resolve();
    fixture.load = async () => {};
    await fixture.use();
    expect(fixture.loads).toBe(2);
  });

  it('loads once more if the data expired during a load', async () => {
    const fixture = new RefresherFixture();
    const { promise, resolve } = Promise.withResolvers<void>();
    fixture.load = () => promise;
    const before = fixture.use();
    await Promise.resolve();
    fixture.refresher.expire();
    fixture.load = async () => {};
    const after = fixture.use();
    resolve();
    await Promise.all([before, after]);
    expect(fixture.loads).toBe(2);
  });
});
