import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { type Handlers, Timers } from '../../../shared/sql/timers.ts';

type Name = 'a' | 'b';

/** Timers over the real storage of an object, whose clock stands still at 1,000. */
const withTimers = (
  handlers: (timers: () => Timers<Name>) => Handlers<Name>,
  work: (timers: Timers<Name>) => Promise<void>,
) =>
  runInDurableObject(
    env.SIGN_IN_GUARDS.getByName(crypto.randomUUID()),
    async (_object, { storage }) => {
      const timers: Timers<Name> = new Timers(
        storage,
        () => 1_000,
        handlers(() => timers),
      );
      await work(timers);
      const rows = storage.sql.exec('SELECT name, at FROM _timers ORDER BY name').toArray();
      return { rows, alarm: await storage.getAlarm() };
    },
  );

const nothing = () => {};

describe('Timers', () => {
  it('keeps a timer that its handler sets to the same moment', async ({ expect }) => {
    const { rows, alarm } = await withTimers(
      (timers) => ({ a: () => timers().set('a', 1_000), b: nothing }),
      async (timers) => {
        await timers.set('a', 1_000);
        await timers.fire();
      },
    );
    expect(rows).toEqual([{ name: 'a', at: 1_000 }]);
    expect(alarm).not.toBeNull();
  });

  it('deletes a timer that has fired, and keeps others', async ({ expect }) => {
    const { rows } = await withTimers(
      () => ({ a: nothing, b: nothing }),
      async (timers) => {
        await timers.set('a', 999);
        await timers.set('b', 1_001);
        await timers.fire();
      },
    );
    expect(rows).toEqual([{ name: 'b', at: 1_001 }]);
  });

  it('does not bring back a timer that its handler cancels', async ({ expect }) => {
    const { rows, alarm } = await withTimers(
      (timers) => ({ a: () => timers().cancel('a'), b: nothing }),
      async (timers) => {
        await timers.set('a', 1_000);
        await timers.fire();
      },
    );
    expect([rows, alarm]).toEqual([[], null]);
  });

  it('keeps a timer whose handler fails, and runs the others', async ({ expect }) => {
    const ran: string[] = [];
    const { rows } = await withTimers(
      () => ({
        a: () => {
          throw new Error('Cannot run: a test says so');
        },
        b: () => void ran.push('b'),
      }),
      async (timers) => {
        await timers.set('a', 999);
        await timers.set('b', 1_000);
        await expect(timers.fire()).rejects.toThrow('Cannot run every due timer');
      },
    );
    expect([rows, ran]).toEqual([[{ name: 'a', at: 999 }], ['b']]);
  });
});
