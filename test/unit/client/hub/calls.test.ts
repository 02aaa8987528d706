import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Calls, type CallTransport, type Outgoing } from '../../../../client/src/hub/calls.ts';
import { decodeFrame } from '../../../../shared/hub-protocol/decode-frame.ts';
import {
  Flag,
  type RequestFrame,
  type ResponseFrame,
} from '../../../../shared/hub-protocol/frame.ts';
import { failureOf } from '../../../support/node/failure-of.ts';

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

/** A connection that records the requests and the cancellations sent over it. */
function aTransport(maxInFlight = 32) {
  const sent: RequestFrame[] = [];
  const cancelled: bigint[] = [];
  const transport: CallTransport = {
    send(bytes) {
      const decoded = decodeFrame(bytes);
      if (!decoded.ok || decoded.value.kind !== 'request') throw new TypeError('Cannot read frame');
      sent.push(decoded.value);
    },
    maxInFlight: () => maxInFlight,
    cancel: (messageId) => void cancelled.push(messageId),
  };
  return { transport, sent, cancelled };
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
  it('wait for a connection, and are sent in their order', async () => {
    const calls = new Calls(10);
    const one = calls.submit(outgoing({ channel: 1 }));
    const two = calls.submit(outgoing({ channel: 2 }));
    const connection = aTransport();
    calls.attach(connection.transport);
    expect(connection.sent.map(({ channel }) => channel)).toEqual([1, 2]);
    for (const frame of connection.sent.toReversed()) calls.settle(responseTo(frame));
    expect((await one)?.messageId).toBe(connection.sent[0]?.messageId);
    expect((await two)?.messageId).toBe(connection.sent[1]?.messageId);
  });

  it('are rejected while as many wait as may', async () => {
    const calls = new Calls(2);
    void calls.submit(outgoing());
    void calls.submit(outgoing());
    await expect(calls.submit(outgoing())).rejects.toMatchObject({ name: 'queue_full' });
  });

  it('are in flight at once up to the number that the hub allows', () => {
    const calls = new Calls(10);
    const connection = aTransport(2);
    calls.attach(connection.transport);
    for (let count = 0; count < 5; count += 1) void calls.submit(outgoing());
    expect(connection.sent).toHaveLength(2);
    calls.settle(responseTo(first(connection)));
    expect(connection.sent).toHaveLength(3);
  });

  it('fail when the connection is lost after they were sent, unless they are idempotent', async () => {
    const calls = new Calls(10);
    const connection = aTransport();
    calls.attach(connection.transport);
    const once = calls.submit(outgoing({ channel: 1 }));
    const twice = calls.submit(outgoing({ channel: 2, idempotent: true }));
    calls.detach();
    await expect(once).rejects.toMatchObject({ name: 'connection_lost', code: undefined });

    void calls.submit(outgoing({ channel: 3 }));
    const next = aTransport();
    calls.attach(next.transport);
    expect(next.sent.map(({ channel }) => channel)).toEqual([2, 3]);
    expect(next.sent[0]?.messageId).toBe(connection.sent[1]?.messageId);
    calls.settle(responseTo(first(next)));
    await twice;
  });

  it('fail at their timeout, waiting or sent, and those sent are cancelled at the hub', async () => {
    const calls = new Calls(10);
    const waiting = failureOf(calls.submit(outgoing({ timeout: 100 })));
    await vi.advanceTimersByTimeAsync(100);
    expect(await waiting).toMatchObject({ name: 'timeout' });
    const connection = aTransport();
    calls.attach(connection.transport);
    expect(connection.sent).toEqual([]);
    const sent = failureOf(calls.submit(outgoing({ timeout: 100 })));
    await vi.advanceTimersByTimeAsync(100);
    expect(await sent).toMatchObject({ name: 'timeout' });
    expect(connection.cancelled).toEqual([first(connection).messageId]);
    // A late response is ignored.
    calls.settle(responseTo(first(connection)));
  });

  it('are cancelled by their signal, with its reason', async () => {
    const calls = new Calls(10);
    const connection = aTransport();
    calls.attach(connection.transport);
    const reason = new Error('changed my mind');
    const never = calls.submit(outgoing({ signal: AbortSignal.abort(reason) }));
    await expect(never).rejects.toBe(reason);
    expect(connection.sent).toEqual([]);

    const abort = new AbortController();
    const call = calls.submit(outgoing({ signal: abort.signal }));
    abort.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(connection.cancelled).toEqual([first(connection).messageId]);
  });

  it('to a target that the manifest does not list fail with the code of the hub', async () => {
    const calls = new Calls(10);
    calls.attach(aTransport().transport);
    const call = calls.submit(outgoing({ target: () => undefined }));
    await expect(call).rejects.toMatchObject({ name: 'ServiceNotFound', code: 30 });
  });

  it('whose frame cannot be encoded fail, and do not block others', async () => {
    const calls = new Calls(10);
    calls.attach(aTransport(1).transport);
    await expect(calls.submit(outgoing({ channel: 70_000 }))).rejects.toBeInstanceOf(TypeError);
    void calls.submit(outgoing());
  });

  it('that are events resolve once they are sent', async () => {
    const calls = new Calls(10);
    calls.attach(aTransport(1).transport);
    expect(await calls.submit(outgoing({ flags: Flag.event }))).toBeUndefined();
    expect(await calls.submit(outgoing({ flags: Flag.event }))).toBeUndefined();
  });

  it('settle exactly once, whatever happens to connections and answers', async () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('call' as const), idempotent: fc.boolean() }),
      fc.record({ do: fc.constant('attach' as const) }),
      fc.record({ do: fc.constant('detach' as const) }),
      fc.record({ do: fc.constant('wait' as const) }),
      fc.record({ do: fc.constant('answer' as const), which: fc.nat(5) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { size: 'max', maxLength: 60 }), async (steps) => {
        const calls = new Calls(1_000);
        const settled: number[] = [];
        const submitted: Promise<void>[] = [];
        const connections = [aTransport(4)];
        const call = (idempotent: boolean): void => {
          const number = submitted.length;
          const note = (): void => void settled.push(number);
          const done = calls.submit(outgoing({ idempotent, channel: idempotent ? 1 : 0 }));
          submitted.push(done.then(note, note));
        };
        const attach = (): void => {
          calls.detach();
          const connection = aTransport(4);
          connections.push(connection);
          calls.attach(connection.transport);
        };
        for (const one of steps) {
          if (one.do === 'call') call(one.idempotent);
          else if (one.do === 'attach') attach();
          else if (one.do === 'detach') calls.detach();
          else if (one.do === 'wait') await vi.advanceTimersByTimeAsync(15_000);
          else {
            const frame = connections.at(-1)?.sent[one.which];
            if (frame !== undefined) calls.settle(responseTo(frame));
          }
        }
        await vi.advanceTimersByTimeAsync(40_000);
        await Promise.all(submitted);
        expect(settled.toSorted((a, b) => a - b)).toEqual(submitted.map((_, number) => number));
        const once = connections.flatMap(({ sent }) => sent).filter(({ channel }) => channel === 0);
        expect(new Set(once.map(({ messageId }) => messageId)).size).toBe(once.length);
      }),
    );
  });

  it('have distinct ids, never 0', () => {
    const calls = new Calls(1);
    const ids = Array.from({ length: 100 }, () => calls.nextId());
    expect(new Set(ids).size).toBe(100);
    expect(ids).not.toContain(0n);
  });
});
