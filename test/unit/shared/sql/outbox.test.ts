import { describe, expect, it } from 'vitest';

import { seconds } from '../../../../shared/clock.ts';
import type { Destination, NewDelivery } from '../../../../shared/sql/outbox.ts';
import { Outbox, retryPause } from '../../../../shared/sql/outbox.ts';
import type { LogEvent } from '../../../../shared/telemetry/log.ts';
import { MemoryOutboxStore } from '../../../support/memory-outbox-store.ts';

type Name = 'mail' | 'news' | 'slow';

/** An outbox to three destinations that a test switches off, and a clock that it moves. */
class OutboxFixture {
  now = 1_000_000;
  readonly down = new Set<Name>();
  /** What each attempt brought, and to whom. */
  readonly attempts: string[] = [];
  readonly events: LogEvent[] = [];
  readonly background: Promise<void>[] = [];
  readonly store = new MemoryOutboxStore<Name>();
  timer: number | undefined;
  readonly outbox: Outbox<Name>;

  constructor(overrides: Partial<Record<Name, Partial<Destination>>> = {}) {
    const destination = (name: Name): Destination => ({
      event: name,
      limit: seconds(1),
      send: async (deliveries) => {
        this.attempts.push(`${name}: ${deliveries.map(({ payload }) => payload).join()}`);
        if (this.down.has(name)) throw new Error('Cannot reach it: switched off by a test');
      },
      ...overrides[name],
    });
    this.outbox = new Outbox({
      store: this.store,
      timers: {
        set: async (_, at) => void (this.timer = at),
        cancel: async () => void (this.timer = undefined),
      },
      destinations: {
        mail: { ...destination('mail'), longestPause: seconds(60) },
        news: destination('news'),
        slow: { ...destination('slow'), isolated: true, maxAttempts: 3 },
      },
      clock: () => this.now,
      log: (event) => void this.events.push(event),
      waitUntil: (work) => void this.background.push(work),
    });
  }

  add(destination: Name, payload: string, overrides: Partial<NewDelivery<Name>> = {}): void {
    this.store.add({ destination, payload, dueAt: this.now, expiresAt: null, ...overrides });
  }

  /** Moves the clock to the timer, and fires it. Returns for how long it was set. */
  async fire(): Promise<number> {
    if (this.timer === undefined) throw new Error('Cannot fire: no timer is set');
    const pause = this.timer - this.now;
    this.now = this.timer;
    await this.outbox.deliver();
    await Promise.all(this.background);
    return pause;
  }
}

describe('retryPause', () => {
  it('doubles from one second, up to the longest', () => {
    const pauses = [1, 2, 3, 6, 7, 8, 100].map((attempts) => retryPause(attempts, seconds(60)));
    expect(pauses).toEqual([1, 2, 4, 32, 60, 60, 60].map(seconds));
    expect(retryPause(9)).toBe(seconds(256));
  });
});

describe('Outbox.dispatch', () => {
  it('delivers what was added, all of a destination at once, and leaves no timer', async () => {
    const fixture = new OutboxFixture();
    for (const payload of ['a', 'b']) fixture.add('mail', payload);
    fixture.add('news', 'c');
    await fixture.outbox.dispatch();
    expect(fixture.attempts).toEqual(['mail: a,b', 'news: c']);
    expect([fixture.store.waiting(), fixture.timer]).toEqual([[], undefined]);
  });

  it('sets a timer before it sends anything: its object may die in between', async () => {
    let timer: number | undefined;
    const fixture = new OutboxFixture({
      mail: { send: async () => void (timer = fixture.timer) },
    });
    fixture.add('mail', 'a');
    await fixture.outbox.dispatch();
    expect(timer).toBe(fixture.now + seconds(2));
  });

  it('leaves isolated destinations to the timer, which is due at once', async () => {
    const fixture = new OutboxFixture();
    fixture.add('slow', 'a');
    await fixture.outbox.dispatch();
    expect([fixture.attempts, fixture.timer]).toEqual([[], fixture.now]);
  });

  it('waits for an attempt no longer than its limit', async () => {
    const fixture = new OutboxFixture({
      mail: { limit: 5, send: () => new Promise(() => {}) },
    });
    fixture.add('mail', 'a');
    await fixture.outbox.dispatch();
    expect(fixture.store.waiting()).toMatchObject([{ attempts: 1 }]);
  });

  it('does not fail because a destination does, which holds up no other', async () => {
    const fixture = new OutboxFixture();
    fixture.down.add('mail');
    fixture.add('mail', 'a');
    fixture.add('news', 'b');
    await fixture.outbox.dispatch();
    expect(fixture.store.waiting()).toMatchObject([{ destination: 'mail', attempts: 1 }]);
    expect(fixture.events).toEqual([
      {
        event: 'mail.delivery_failed',
        level: 'warn',
        deliveries: 1,
        attempts: 1,
        error: 'Error: Cannot reach it: switched off by a test',
      },
    ]);
  });

  it('does not send again what another call is sending', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const sent: unknown[] = [];
    const fixture = new OutboxFixture({
      mail: {
        send: async (deliveries) => {
          sent.push(deliveries.map(({ payload }) => payload));
          await promise;
        },
      },
    });
    fixture.add('mail', 'a');
    const first = fixture.outbox.dispatch();
    fixture.add('mail', 'b');
    const second = fixture.outbox.dispatch();
    resolve();
    await Promise.all([first, second]);
    expect(sent).toEqual([['a'], ['b']]);
    expect(fixture.store.waiting()).toEqual([]);
  });
});

describe('Outbox.deliver', () => {
  it('tries again after pauses that double, up to the longest', async () => {
    const fixture = new OutboxFixture();
    fixture.down.add('mail');
    fixture.add('mail', 'a');
    await fixture.outbox.dispatch();
    const pauses: number[] = [];
    for (let n = 0; n < 8; n += 1) pauses.push(await fixture.fire());
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60].map(seconds));
    fixture.down.clear();
    await fixture.fire();
    expect([fixture.store.waiting(), fixture.timer]).toEqual([[], undefined]);
  });

  it('takes along what waits for a destination as soon as one delivery is due', async () => {
    const fixture = new OutboxFixture();
    fixture.down.add('mail');
    fixture.add('mail', 'a');
    await fixture.outbox.dispatch();
    fixture.down.clear();
    fixture.add('mail', 'b');
    await fixture.outbox.dispatch();
    expect(fixture.attempts).toEqual(['mail: a', 'mail: a,b']);
  });

  it('sends to an isolated destination one by one, each when it is due', async () => {
    const fixture = new OutboxFixture();
    fixture.down.add('slow');
    fixture.add('slow', 'a');
    fixture.add('slow', 'b', { dueAt: fixture.now + 500 });
    await fixture.outbox.dispatch();
    for (let n = 0; n < 2; n += 1) await fixture.fire();
    expect(fixture.attempts).toEqual(['slow: a', 'slow: b']);
    expect(fixture.timer).toBe(1_000_000 + seconds(1));
  });

  it('does not wait for an isolated destination, nor send to it twice meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let sent = 0;
    const fixture = new OutboxFixture({
      slow: {
        send: () => {
          sent += 1;
          return promise;
        },
      },
    });
    fixture.add('slow', 'a');
    await fixture.outbox.deliver();
    await fixture.outbox.deliver();
    expect([sent, fixture.timer]).toEqual([1, fixture.now + seconds(2)]);
    resolve();
    await Promise.all(fixture.background);
    expect([fixture.store.waiting(), fixture.timer]).toEqual([[], undefined]);
  });

  it('gives a delivery up after the last attempt, which is logged', async () => {
    const fixture = new OutboxFixture({ slow: { describe: () => ({ what: 'a letter' }) } });
    fixture.down.add('slow');
    fixture.add('slow', 'a');
    await fixture.outbox.dispatch();
    for (let n = 0; n < 3; n += 1) await fixture.fire();
    expect([fixture.store.waiting(), fixture.timer]).toEqual([[], undefined]);
    expect(fixture.events.at(-1)).toMatchObject({
      event: 'slow.given_up',
      level: 'error',
      what: 'a letter',
      attempts: 3,
    });
  });

  it('drops what has expired, unsent', async () => {
    const fixture = new OutboxFixture();
    fixture.add('mail', 'a', { expiresAt: fixture.now });
    fixture.add('mail', 'b', { expiresAt: fixture.now + 1 });
    await fixture.outbox.deliver();
    expect(fixture.attempts).toEqual(['mail: b']);
    expect(fixture.store.waiting()).toEqual([]);
  });
});
