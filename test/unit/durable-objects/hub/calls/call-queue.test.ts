import { describe, expect, it } from 'vitest';
import { CallQueue } from '../../../../../durable-objects/hub/calls/call-queue.ts';

/** A call that ends when the test ends it. */
function aCall(log: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  const run = async () => {
    log.push(`+${name}`);
    await promise;
    log.push(`-${name}`);
  };
  return { run, end: resolve };
}

describe('the calls of a connection', () => {
  it('[H27] run in order within a lane and concurrently across lanes', async () => {
    const log: string[] = [];
    const queue = new CallQueue(8);
    const [a, b, c] = [aCall(log, 'a'), aCall(log, 'b'), aCall(log, 'c')];
    const first = queue.take(1, 1n, a.run);
    const second = queue.take(1, 2n, b.run);
    const third = queue.take(2, 3n, c.run);
    b.end();
    c.end();
    if (third.as === 'queued') await third.done;
    expect(log).toEqual(['+a', '+c', '-c']);
    a.end();
    if (first.as === 'queued' && second.as === 'queued') await second.done;
    expect(log).toEqual(['+a', '+c', '-c', '-a', '+b', '-b']);
  });

  it('[H28] count against the limit until they end', async () => {
    const queue = new CallQueue(2);
    const calls = [aCall([], 'a'), aCall([], 'b'), aCall([], 'c')] as const;
    const first = queue.take(1, undefined, calls[0].run);
    queue.take(1, undefined, calls[1].run);
    expect(queue.take(2, undefined, calls[2].run)).toEqual({ as: 'overflow' });
    calls[0].end();
    if (first.as === 'queued') await first.done;
    expect(queue.take(2, undefined, calls[2].run)).toMatchObject({ as: 'queued' });
  });

  it('[H29] are accepted once while they are under way', async () => {
    const queue = new CallQueue(8);
    const call = aCall([], 'a');
    const first = queue.take(1, 5n, call.run);
    expect(queue.take(2, 5n, call.run)).toEqual({ as: 'duplicate' });
    call.end();
    if (first.as === 'queued') await first.done;
    expect(queue.take(2, 5n, call.run)).toMatchObject({ as: 'queued' });
  });

  it('[H30] that are cancelled while queued are not made and make room at once', async () => {
    const log: string[] = [];
    const queue = new CallQueue(2);
    const [a, b, c] = [aCall(log, 'a'), aCall(log, 'b'), aCall(log, 'c')];
    queue.take(1, 1n, a.run);
    const second = queue.take(1, 2n, b.run);
    expect(queue.cancel(2n)).toBe(true);
    expect(queue.cancel(2n)).toBe(false);
    const third = queue.take(1, 2n, c.run);
    a.end();
    c.end();
    if (second.as === 'queued' && third.as === 'queued') await third.done;
    expect(log).toEqual(['+a', '-a', '+c', '-c']);
  });

  it('[H30] that are cancelled while under way are aborted, and their message id stays taken', async () => {
    const queue = new CallQueue(2);
    const { promise, resolve } = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    const taken = queue.take(1, 1n, (pending) => {
      signals.push(pending.signal);
      return promise;
    });
    expect(queue.cancel(1n)).toBe(true);
    expect(signals[0]?.aborted).toBe(true);
    expect(queue.take(2, 1n, () => undefined)).toEqual({ as: 'duplicate' });
    resolve();
    if (taken.as === 'queued') await taken.done;
    expect(queue.cancel(1n)).toBe(false);
    expect(queue.take(2, 1n, () => undefined)).toEqual({ as: 'done' });
  });
});
