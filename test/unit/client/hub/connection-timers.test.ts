import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TokenSource } from '../../../../client/src/auth/session.ts';
import {
  Acknowledger,
  KeepAlive,
  Reauthentication,
} from '../../../../client/src/hub/connection-timers.ts';

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

  it('pings 25 s after every answer, and not after its end', () => {
    const { ping, dead, keepAlive } = aKeepAlive();
    for (let count = 1; count <= 3; count += 1) {
      vi.advanceTimersByTime(25_000);
      expect(ping).toHaveBeenCalledTimes(count);
      keepAlive.received();
      vi.advanceTimersByTime(10_000);
    }
    expect(dead).not.toHaveBeenCalled();
    keepAlive.stop();
    vi.advanceTimersByTime(100_000);
    expect(ping).toHaveBeenCalledTimes(3);
  });

  it('reports a connection as dead 10 s after a ping without an answer', () => {
    const { dead, keepAlive } = aKeepAlive();
    keepAlive.received();
    vi.advanceTimersByTime(34_999);
    expect(dead).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(dead).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100_000);
    expect(dead).toHaveBeenCalledTimes(1);
  });

  it('pings again where its own timer was delayed, as on a device that slept', () => {
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
  it('sends the last sequence 5 s after an event, once for all events until then', () => {
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

  it('sends the last sequence at once after 64 KiB', () => {
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

  it('presents a newer token a minute before each one expires', async () => {
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

  it('presents a token at once whose expiry only the hub can tell', async () => {
    const { tokens, present } = aReauthentication(undefined);
    expect(present.mock.calls).toEqual([['first']]);
    expect(tokens).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(14 * MINUTE);
    expect(present.mock.calls).toEqual([['first'], ['first+']]);
  });

  it('presents a newer token after two thirds of a short life', async () => {
    const { present } = aReauthentication(Date.now() + MINUTE);
    await vi.advanceTimersByTimeAsync(39_999);
    expect(present).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(present).toHaveBeenCalledTimes(1);
  });

  it('tries again after 10 s where there is no newer token, or the hub refuses it', async () => {
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
