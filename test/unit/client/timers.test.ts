import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TokenSource } from '../../../client/src/auth/session.ts';
import {
  Acknowledger,
  KeepAlive,
  Reauthentication,
} from '../../../client/src/hub/connection-timers.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('KeepAlive', () => {
  function aKeepAlive() {
    const ping = vi.fn<() => void>();
    const dead = vi.fn<() => void>();
    return { ping, dead, keepAlive: new KeepAlive({ ping, dead, now: Date.now }) };
  }

  it('asks every 25 s after an answer, and says nothing more', () => {
    const { ping, dead, keepAlive } = aKeepAlive();
    for (let count = 1; count <= 3; count += 1) {
      vi.advanceTimersByTime(25_000);
      expect(ping).toHaveBeenCalledTimes(count);
      keepAlive.heard();
      vi.advanceTimersByTime(10_000);
    }
    expect(dead).not.toHaveBeenCalled();
    keepAlive.stop();
    vi.advanceTimersByTime(100_000);
    expect(ping).toHaveBeenCalledTimes(3);
  });

  it('takes a connection for dead that is silent for 10 s', () => {
    const { dead, keepAlive } = aKeepAlive();
    keepAlive.heard();
    vi.advanceTimersByTime(34_999);
    expect(dead).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(dead).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100_000);
    expect(dead).toHaveBeenCalledTimes(1);
  });

  it('asks again where its own timer was held back, as in a device that slept', () => {
    const { ping, dead, keepAlive } = aKeepAlive();
    keepAlive.probe();
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(10_000);
    expect(dead).not.toHaveBeenCalled();
    expect(ping).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(10_000);
    expect(dead).toHaveBeenCalledTimes(1);
  });
});

describe('Acknowledger', () => {
  it('says the last sequence 5 s after an event, once for all that came meanwhile', () => {
    const send = vi.fn<(sequence: number) => void>();
    const acknowledger = new Acknowledger(send);
    for (const sequence of [2, 3, 4]) acknowledger.received(sequence, 100);
    vi.advanceTimersByTime(4_999);
    expect(send).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(send.mock.calls).toEqual([[4]]);
    vi.advanceTimersByTime(60_000);
    expect(send).toHaveBeenCalledTimes(1);
  });

  it('says it after 64 KiB at once', () => {
    const send = vi.fn<(sequence: number) => void>();
    const acknowledger = new Acknowledger(send);
    acknowledger.received(2, 65_535);
    acknowledger.received(3, 1);
    acknowledger.received(4, 1);
    expect(send.mock.calls).toEqual([[3]]);
    acknowledger.stop();
    vi.advanceTimersByTime(60_000);
    expect(send).toHaveBeenCalledTimes(1);
  });
});

describe('Reauthentication', () => {
  const MINUTE = 60_000;

  function aReauthentication(expiresAt: number | undefined) {
    const tokens = vi.fn<TokenSource>(async (stale) => ({
      value: `${stale}+`,
      expiresAt: undefined,
    }));
    const present = vi.fn<(token: string) => Promise<number>>(async () => Date.now() + 15 * MINUTE);
    const opened = { value: 'first', expiresAt };
    const ports = { tokens, present, now: Date.now };
    return { tokens, present, reauthentication: new Reauthentication(ports, opened) };
  }

  it('presents a newer token a minute before the one in use expires, again and again', async () => {
    const { present, reauthentication } = aReauthentication(Date.now() + 15 * MINUTE);
    await vi.advanceTimersByTimeAsync(14 * MINUTE - 1);
    expect(present).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(present.mock.calls).toEqual([['first+']]);
    await vi.advanceTimersByTimeAsync(14 * MINUTE);
    expect(present.mock.calls).toEqual([['first+'], ['first++']]);
    reauthentication.stop();
    await vi.advanceTimersByTimeAsync(60 * MINUTE);
    expect(present).toHaveBeenCalledTimes(2);
  });

  it('asks the hub when a token expires that came without saying it', async () => {
    const { tokens, present } = aReauthentication(undefined);
    expect(present.mock.calls).toEqual([['first']]);
    expect(tokens).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(14 * MINUTE);
    expect(present.mock.calls).toEqual([['first'], ['first+']]);
  });

  it('leaves a third of a short life', async () => {
    const { present } = aReauthentication(Date.now() + MINUTE);
    await vi.advanceTimersByTimeAsync(39_999);
    expect(present).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(present).toHaveBeenCalledTimes(1);
  });

  it('tries again in 10 s where there is no newer token, or the hub does not take it', async () => {
    const { tokens, present } = aReauthentication(Date.now() + 3 * MINUTE);
    tokens.mockRejectedValueOnce(new Error('offline'));
    present.mockRejectedValueOnce(new Error('offline'));
    await vi.advanceTimersByTimeAsync(2 * MINUTE);
    expect(present).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(present).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(present).toHaveBeenCalledTimes(2);
  });
});
