import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Calls, type CallTransport, type Outgoing } from '../../../client/src/hub/calls.ts';
import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { Flag, type RequestFrame, type ResponseFrame } from '../../../shared/hub-protocol/frame.ts';
import { failureOf } from '../../support/node/failure-of.ts';

const GUID = '0ec5068d-64d2-4853-9976-ebc66d694536';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const outgoing = (change: Partial<Outgoing> = {}): Outgoing => ({
  target: () => GUID,
  missing: 'ServiceNotFound',
  flags: 0,
  channel: 0,
  payload: new Uint8Array(),
  idempotent: false,
  timeout: 40_000,
  signal: undefined,
  ...change,
});

/** One connection: what was sent over it, and a way to answer. */
function aCarrier(maxInFlight = 32) {
  const sent: RequestFrame[] = [];
  const cancelled: bigint[] = [];
  const carrier: CallTransport = {
    send(bytes) {
      const decoded = decodeFrame(bytes);
      if (!decoded.ok || decoded.value.kind !== 'request') throw new TypeError('Cannot read frame');
      sent.push(decoded.value);
    },
    maxInFlight: () => maxInFlight,
    cancel: (messageId) => void cancelled.push(messageId),
  };
  return { carrier, sent, cancelled };
}

const responseTo = ({ messageId }: { readonly messageId: bigint }): ResponseFrame => ({
  kind: 'response',
  flags: Flag.response,
  channel: 0,
  sequence: 0,
  messageId,
  code: 0,
  payload: new Uint8Array(),
});

const first = ({ sent }: { readonly sent: readonly RequestFrame[] }): RequestFrame => {
  const [frame] = sent;
  if (frame === undefined) throw new TypeError('Cannot go on: nothing was sent');
  return frame;
};

describe('calls', () => {
  it('wait for a connection, and go out in their order', async () => {
    const calls = new Calls(10);
    const one = calls.submit(outgoing({ channel: 1 }));
    const two = calls.submit(outgoing({ channel: 2 }));
    const line = aCarrier();
    calls.carry(line.carrier);
    expect(line.sent.map(({ channel }) => channel)).toEqual([1, 2]);
    for (const frame of line.sent.toReversed()) calls.answered(responseTo(frame));
    expect((await one)?.messageId).toBe(line.sent[0]?.messageId);
    expect((await two)?.messageId).toBe(line.sent[1]?.messageId);
  });

  it('fail beyond the number that may wait', async () => {
    const calls = new Calls(2);
    void calls.submit(outgoing());
    void calls.submit(outgoing());
    await expect(calls.submit(outgoing())).rejects.toMatchObject({ name: 'queue_full' });
  });

  it('go out as many at once as the hub takes', () => {
    const calls = new Calls(10);
    const line = aCarrier(2);
    calls.carry(line.carrier);
    for (let count = 0; count < 5; count += 1) void calls.submit(outgoing());
    expect(line.sent).toHaveLength(2);
    calls.answered(responseTo(first(line)));
    expect(line.sent).toHaveLength(3);
  });

  it('fail when the connection is lost after they were sent, unless they may run twice', async () => {
    const calls = new Calls(10);
    const line = aCarrier();
    calls.carry(line.carrier);
    const once = calls.submit(outgoing({ channel: 1 }));
    const twice = calls.submit(outgoing({ channel: 2, idempotent: true }));
    calls.drop();
    await expect(once).rejects.toMatchObject({ name: 'connection_lost', code: undefined });

    void calls.submit(outgoing({ channel: 3 }));
    const next = aCarrier();
    calls.carry(next.carrier);
    expect(next.sent.map(({ channel }) => channel)).toEqual([2, 3]);
    expect(next.sent[0]?.messageId).toBe(line.sent[1]?.messageId);
    calls.answered(responseTo(first(next)));
    await twice;
  });

  it('fail when their time is up, waiting or sent, and the hub is told of the latter', async () => {
    const calls = new Calls(10);
    const waiting = failureOf(calls.submit(outgoing({ timeout: 100 })));
    await vi.advanceTimersByTimeAsync(100);
    expect(await waiting).toMatchObject({ name: 'timeout' });
    const line = aCarrier();
    calls.carry(line.carrier);
    expect(line.sent).toEqual([]);
    const sent = failureOf(calls.submit(outgoing({ timeout: 100 })));
    await vi.advanceTimersByTimeAsync(100);
    expect(await sent).toMatchObject({ name: 'timeout' });
    expect(line.cancelled).toEqual([first(line).messageId]);
    // What comes too late is nobody's.
    calls.answered(responseTo(first(line)));
  });

  it('are given up by their signal, with its reason', async () => {
    const calls = new Calls(10);
    const line = aCarrier();
    calls.carry(line.carrier);
    const reason = new Error('changed my mind');
    const never = calls.submit(outgoing({ signal: AbortSignal.abort(reason) }));
    await expect(never).rejects.toBe(reason);
    expect(line.sent).toEqual([]);

    const abort = new AbortController();
    const call = calls.submit(outgoing({ signal: abort.signal }));
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(line.cancelled).toEqual([first(line).messageId]);
  });

  it('to what the manifest does not list fail as the hub would say it', async () => {
    const calls = new Calls(10);
    calls.carry(aCarrier().carrier);
    const call = calls.submit(outgoing({ target: () => undefined }));
    await expect(call).rejects.toMatchObject({ name: 'ServiceNotFound', code: 30 });
  });

  it('whose frame cannot be written fail, and hold nobody up', async () => {
    const calls = new Calls(10);
    calls.carry(aCarrier(1).carrier);
    await expect(calls.submit(outgoing({ channel: 70_000 }))).rejects.toBeInstanceOf(TypeError);
    void calls.submit(outgoing());
  });

  it('that are events are done once they are sent', async () => {
    const calls = new Calls(10);
    calls.carry(aCarrier(1).carrier);
    expect(await calls.submit(outgoing({ flags: Flag.event }))).toBeUndefined();
    expect(await calls.submit(outgoing({ flags: Flag.event }))).toBeUndefined();
  });

  it('settle once each, whatever happens to connections and answers', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('call' as const), idempotent: fc.boolean() }),
      fc.record({ do: fc.constant('carry' as const) }),
      fc.record({ do: fc.constant('drop' as const) }),
      fc.record({ do: fc.constant('wait' as const) }),
      fc.record({ do: fc.constant('answer' as const), which: fc.nat(5) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 60 }), async (steps) => {
        const calls = new Calls(1_000);
        const settled: number[] = [];
        const submitted: Promise<void>[] = [];
        const lines = [aCarrier(4)];
        const call = (idempotent: boolean): void => {
          const number = submitted.length;
          const note = (): void => void settled.push(number);
          const done = calls.submit(outgoing({ idempotent, channel: idempotent ? 1 : 0 }));
          submitted.push(done.then(note, note));
        };
        const carry = (): void => {
          calls.drop();
          const line = aCarrier(4);
          lines.push(line);
          calls.carry(line.carrier);
        };
        for (const one of steps) {
          if (one.do === 'call') call(one.idempotent);
          else if (one.do === 'carry') carry();
          else if (one.do === 'drop') calls.drop();
          else if (one.do === 'wait') await vi.advanceTimersByTimeAsync(15_000);
          else {
            const frame = lines.at(-1)?.sent[one.which];
            if (frame !== undefined) calls.answered(responseTo(frame));
          }
        }
        await vi.advanceTimersByTimeAsync(40_000);
        await Promise.all(submitted);
        expect(settled.toSorted((a, b) => a - b)).toEqual(submitted.map((_, number) => number));
        const once = lines.flatMap(({ sent }) => sent).filter(({ channel }) => channel === 0);
        expect(new Set(once.map(({ messageId }) => messageId)).size).toBe(once.length);
      }),
    );
  });

  it('have ids of their own, never 0', () => {
    const calls = new Calls(1);
    const ids = Array.from({ length: 100 }, () => calls.nextId());
    expect(new Set(ids).size).toBe(100);
    expect(ids).not.toContain(0n);
  });
});
