import { describe, expect, it } from 'vitest';

import { CallQueues } from '../../../../../durable-objects/hub/calls/call-queue.ts';
import { Dispatcher } from '../../../../../durable-objects/hub/calls/dispatch.ts';
import { FrameOrder, Receiver } from '../../../../../durable-objects/hub/calls/receive.ts';
import type { Service } from '../../../../../durable-objects/hub/calls/services/service.ts';
import type {
  Endpoint,
  EndpointMap,
} from '../../../../../durable-objects/hub/catalogue/endpoint.ts';
import type { Connection } from '../../../../../durable-objects/hub/connections/connection.ts';
import { newRateWindow } from '../../../../../durable-objects/hub/frames/rates.ts';
import { type Answer, jsonAnswer } from '../../../../../shared/hub-protocol/answer.ts';
import { decodeFrame } from '../../../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../../../shared/hub-protocol/encode-frame.ts';
import type { LogEvent } from '../../../../../shared/telemetry/log.ts';

const NO_ENDPOINTS: EndpointMap = new Map();
const aConnection = () => ({ state: { principal: {} } }) as Connection;
const into =
  <T>(list: T[], item: T) =>
  () =>
    void list.push(item);

/** Frames whose endpoints are looked up until the test has them found. */
function frameOrderFixture() {
  const lookups: PromiseWithResolvers<EndpointMap>[] = [];
  const logged: LogEvent[] = [];
  let isCached = false;
  const frames = new FrameOrder({
    endpoints: {
      of: () => {
        if (isCached) return NO_ENDPOINTS;
        const lookup = Promise.withResolvers<EndpointMap>();
        lookups.push(lookup);
        return lookup.promise;
      },
    },
    log: (event) => logged.push(event),
  });
  const cache = () => {
    isCached = true;
  };
  return { frames, lookups, logged, cache };
}

describe('the frames of a connection', () => {
  it('[H27] are handled at once if the endpoints are cached', () => {
    const { frames, cache } = frameOrderFixture();
    cache();
    const handled: unknown[] = [];
    expect(frames.take(aConnection(), (endpoints) => void handled.push(endpoints))).toBeUndefined();
    expect(handled).toEqual([NO_ENDPOINTS]);
  });

  it('[H27] are handled in order, also if later ones find the endpoints cached', async () => {
    const { frames, lookups, cache } = frameOrderFixture();
    const [ann, order] = [aConnection(), Array.of<number>()];
    const first = frames.take(ann, into(order, 1));
    const second = frames.take(ann, into(order, 2));
    cache();
    const third = frames.take(ann, into(order, 3));
    expect(order).toEqual([]);
    for (const lookup of lookups) lookup.resolve(NO_ENDPOINTS);
    await Promise.all([third, second, first]);
    expect(order).toEqual([1, 2, 3]);
    expect(frames.take(ann, into(order, 4))).toBeUndefined();
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('[H27] do not wait for those of another connection', async () => {
    const { frames, lookups } = frameOrderFixture();
    const order: string[] = [];
    const slow = frames.take(aConnection(), into(order, 'slow'));
    const fast = frames.take(aConnection(), into(order, 'fast'));
    lookups[1]?.resolve(NO_ENDPOINTS);
    await fast;
    lookups[0]?.resolve(NO_ENDPOINTS);
    await slow;
    expect(order).toEqual(['fast', 'slow']);
  });

  it('[H31] are handled without endpoints if the lookup fails, which is logged', async () => {
    const { frames, lookups, logged } = frameOrderFixture();
    const handled: unknown[] = [];
    const done = frames.take(aConnection(), (endpoints) => void handled.push(endpoints));
    lookups[0]?.reject(new Error('gone'));
    await done;
    expect(handled).toEqual([undefined]);
    expect(logged).toEqual([
      { event: 'hub.catalogue_failed', level: 'error', error: 'Error: gone' },
    ]);
  });
});

const NOW = 1_000_000;
const GUID = '00000000-0000-5000-8000-000000000001';
const ENDPOINT: Endpoint = {
  service: 'game',
  method: 'GET',
  path: '/score',
  description: '',
  requestSchema: null,
  responseSchema: null,
  needsBody: false,
  repeatable: true,
  permission: { roles: [], scopes: [] },
};

/** A receiver of one connection, a service that answers when the test says so, and what it sends. */
function receiverFixture() {
  const codes: number[] = [];
  const calls: PromiseWithResolvers<Answer>[] = [];
  const service: Service = () => {
    const call = Promise.withResolvers<Answer>();
    calls.push(call);
    return call.promise;
  };
  const connection = {
    state: { principal: {}, rate: newRateWindow(NOW), malformed: 0, text: 0, problem: false },
    heard: () => {},
    send: (bytes: Uint8Array) => {
      const frame = decodeFrame(bytes);
      if (frame.ok && frame.value.kind === 'response') codes.push(frame.value.code);
    },
  } as unknown as Connection;
  const lookups: unknown[] = [];
  const callable = new Map([[GUID, ENDPOINT]]);
  const endpoints = {
    of: (principal: unknown) => {
      lookups.push(principal);
      return callable;
    },
  };
  const cannot = (): never => {
    throw new Error('Cannot be: no test needs it');
  };
  const [clock, log] = [() => NOW, () => {}];
  const dispatcher = new Dispatcher({
    endpoints,
    shortcuts: { resolve: () => undefined },
    serviceOf: () => service,
    reauthentication: cannot,
    peers: { send: cannot, broadcast: cannot },
    answers: { find: cannot, record: cannot },
    onRecorded: cannot,
    newId: () => 'id',
    clock,
    log,
  });
  const working: Promise<void>[] = [];
  const receiver = new Receiver({
    limits: { maxPayloadBytes: 99, maxChannel: 9, messagesPerMinute: 99, maxInFlight: 9 },
    slowClients: { catchUp: () => {} },
    frameOrder: new FrameOrder({ endpoints, log }),
    controlRequests: { take: () => undefined },
    queues: new CallQueues(9),
    dispatcher,
    questions: { answer: cannot },
    closer: { close: cannot, interrupt: cannot },
    sendControlEvent: cannot,
    waitUntil: (work) => working.push(work),
    clock,
  });
  const receive = (messageId: bigint): void => {
    const header = { kind: 'request', flags: 0, channel: 0, sequence: 1 } as const;
    const bytes = encodeFrame({ ...header, guid: GUID, messageId, payload: new Uint8Array() });
    receiver.receive(connection, bytes.buffer);
  };
  const settle = () => Promise.all(working);
  return { receive, calls, callable, lookups, codes, settle };
}

describe('a received frame', () => {
  it('[H7] has the endpoints of its session looked up once', async () => {
    const { receive, calls, lookups, codes, settle } = receiverFixture();
    receive(1n);
    await Promise.resolve();
    expect([calls.length, lookups.length]).toEqual([1, 1]);
    calls[0]?.resolve(jsonAnswer({}));
    await settle();
    expect([lookups.length, codes]).toEqual([1, [0]]);
  });

  it('[H7] is refused if its session lost the endpoint while it waited for its channel', async () => {
    const { receive, calls, callable, lookups, codes, settle } = receiverFixture();
    receive(1n);
    receive(2n);
    callable.clear();
    await Promise.resolve();
    calls[0]?.resolve(jsonAnswer({}));
    await settle();
    // The second frame is looked up again when its turn comes.
    expect([calls.length, lookups.length, codes]).toEqual([1, 3, [0, 30]]);
  });
});
