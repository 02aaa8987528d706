import { describe, expect, it } from 'vitest';
import type { Dialect } from '../../../bench/sockets/dialect.ts';
import { clientFrame, FrameReader, type Message, Opcode } from '../../../bench/sockets/frame.ts';
import { HubDialect } from '../../../bench/sockets/hub-dialect.ts';
import { plainDialect } from '../../../bench/sockets/plain-dialect.ts';
import { publication } from '../../../bench/sockets/publication.ts';
import { socketIoDialect } from '../../../bench/sockets/socket-io-dialect.ts';
import { jsonAnswer, responseBytes } from '../../../shared/hub-protocol/answer.ts';
import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { eventBytes } from '../../../shared/hub-protocol/event.ts';

const EDGES = [0, 1, 125, 126, 65_535, 65_536];

const filled = (length: number): Buffer => Buffer.from(Uint8Array.from({ length }, (_, n) => n));

/** A server's frame (RFC 6455 §5.2), encoded without the code under test. */
function serverFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head =
    length < 126
      ? [0x80 | opcode, length]
      : length < 65_536
        ? [0x80 | opcode, 126, length >> 8, length & 0xff]
        : [
            0x80 | opcode,
            127,
            0,
            0,
            0,
            0,
            length >>> 24,
            (length >> 16) & 0xff,
            (length >> 8) & 0xff,
            length & 0xff,
          ];
  return Buffer.concat([Buffer.from(head), payload]);
}

/** Unmasks the payload of a client's frame. */
function unmasked(frame: Buffer, length: number): Buffer {
  const start = frame.length - length;
  const mask = frame.subarray(start - 4, start);
  return Buffer.from(frame.subarray(start).map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
}

function read(...chunks: readonly Buffer[]): Message[] {
  const reader = new FrameReader();
  const messages: Message[] = [];
  for (const chunk of chunks) {
    reader.push(chunk, ({ opcode, payload }) =>
      messages.push({ opcode, payload: Buffer.from(payload) }),
    );
    chunk.fill(0); // The caller may reuse the memory.
  }
  return messages;
}

describe('clientFrame', () => {
  it.each(EDGES)('masks %d bytes, and encodes their number', (length) => {
    const payload = filled(length);
    const frame = clientFrame({ opcode: Opcode.binary, payload });
    const head = serverFrame(Opcode.binary, payload).subarray(0, frame.length - length - 4);
    expect([frame.readUInt8(0), frame.readUInt8(1) & 0x7f]).toEqual([...head.subarray(0, 2)]);
    expect(frame.subarray(2, head.length)).toEqual(head.subarray(2));
    expect(frame.readUInt8(1) & 0x80).toBe(0x80);
    expect(unmasked(frame, length)).toEqual(payload);
  });
});

describe('FrameReader', () => {
  it.each(EDGES)('reads %d bytes', (length) => {
    const frame = serverFrame(Opcode.text, filled(length));
    expect(read(frame)).toEqual([{ opcode: Opcode.text, payload: filled(length) }]);
  });

  it('reads frames wherever they are split, even if the memory of a chunk is reused', () => {
    const frames = [filled(3), filled(200), filled(0), filled(130)];
    const bytes = (): Buffer => Buffer.concat(frames.map((one) => serverFrame(Opcode.binary, one)));
    for (let cut = 0; cut <= bytes().length; cut += 1) {
      const messages = read(
        Buffer.from(bytes().subarray(0, cut)),
        Buffer.from(bytes().subarray(cut)),
      );
      expect(messages.map(({ payload }) => payload)).toEqual(frames);
    }
  });

  it('reads a frame in chunks of one byte', () => {
    const frame = serverFrame(Opcode.binary, filled(300));
    const chunks = [...frame].map((byte) => Buffer.from([byte]));
    expect(read(...chunks)).toEqual([{ opcode: Opcode.binary, payload: filled(300) }]);
  });

  it.each([
    ['masked', Buffer.from([0x82, 0x81, 0, 0, 0, 0, 1])],
    ['fragmented', Buffer.from([0x02, 0x01, 1])],
  ])('refuses a %s frame', (reason, frame) => {
    expect(() => read(frame)).toThrow(reason);
  });
});

const ECHO = '0ec5068d-64d2-4853-9976-ebc66d694536';

const message = (payload: Uint8Array): Message => ({
  opcode: Opcode.binary,
  payload: Buffer.from(payload),
});

const event = (more: Readonly<Record<string, unknown>>): Message =>
  message(
    eventBytes(
      { eventName: 'a', eventId: 'b', timestamp: '2026-11-25T00:00:00.000Z', ...more },
      1,
      7n,
    ),
  );

function greeted(): HubDialect {
  const dialect = new HubDialect();
  const availableApis = [
    { serviceId: '00000000-0000-5000-8000-000000000000', endpoint: 'GET:/api/v1/auth/profile' },
    { serviceId: ECHO, endpoint: 'POST:/echo' },
  ];
  expect(dialect.greet(event({ availableApis }))).toBe(true);
  return dialect;
}

describe('HubDialect', () => {
  it('calls the echo endpoint of its own session', () => {
    const frame = decodeFrame(greeted().question(70_000).payload);
    expect(frame).toMatchObject({
      ok: true,
      value: { kind: 'request', flags: 0, guid: ECHO, messageId: 70_000n },
    });
  });

  it('refuses a manifest without an echo endpoint', () => {
    expect(() => new HubDialect().greet(event({ availableApis: [] }))).toThrow('echo');
  });

  const correlation = { flags: 0, channel: 0, sequence: 0, messageId: 5n };
  const answer = (name: 'OK' | 'TooManyRequests', payload: Uint8Array, messageId = 5n): Message =>
    message(responseBytes({ ...correlation, messageId }, { name, payload, binary: true }));
  const sent = new Uint8Array(64).fill(0x65);

  it('tells the right answer from a wrong one, and from a frame that is not an answer', () => {
    const dialect = greeted();
    const codes = [
      answer('OK', sent),
      answer('OK', sent.subarray(1)),
      answer('OK', sent, 6n),
      message(responseBytes(correlation, { ...jsonAnswer(0), name: 'TooManyRequests' })),
      event({}),
    ].map((one) => dialect.answer(one, 5));
    expect(codes).toEqual([200, 0, 0, 12, undefined]);
  });

  it('recognizes its event by the mark', () => {
    const dialect = greeted();
    expect(dialect.brings(event({ mark: 'm-1' }), 'm-1')).toBe(true);
    expect(dialect.brings(event({ mark: 'm-2' }), 'm-1')).toBe(false);
    expect(dialect.brings(answer('OK', Buffer.from('m-1')), 'm-1')).toBe(false);
  });
});

describe.each<[string, Dialect, (question: Message) => Message]>([
  ['plain', plainDialect, (question) => question],
  [
    'socket.io',
    socketIoDialect,
    ({ payload }) => message(Buffer.from(String(payload).replace(/^42(\d+)\["echo",/, '43$1['))),
  ],
])('the dialect %s', (_, dialect, echoOf) => {
  it('accepts the echo of its question only', () => {
    const question = dialect.question(12);
    expect(dialect.answer(echoOf(question), 12)).toBe(200);
    expect(dialect.answer(echoOf(dialect.question(13)), 12)).toBe(0);
    expect(dialect.question(12).payload).toEqual(question.payload);
  });
});

describe('the greeting of socket.io', () => {
  it('answers the opening, and ends when the namespace is open', () => {
    const sent: string[] = [];
    const greet = (text: string) =>
      socketIoDialect.greet(message(Buffer.from(text)), ({ payload }) =>
        sent.push(String(payload)),
      );
    expect([greet('0{"sid":"a"}'), greet('40{"sid":"b"}')]).toEqual([false, true]);
    expect(sent).toEqual(['40']);
  });
});

describe('publication', () => {
  it('has as many bytes for other servers as the hub’s event', () => {
    const mark = crypto.randomUUID();
    const published: unknown = JSON.parse(publication('hub', mark).split('\r\n\r\n')[1] ?? '');
    expect(published).toMatchObject({ target: 'all', eventId: mark, payload: { mark } });
    const { eventName, payload } = Object(published);
    const timestamp = new Date().toISOString();
    const made = eventBytes({ ...payload, eventName, eventId: mark, timestamp }, 1, 7n);
    const passed = publication('plain', mark).split('\r\n\r\n')[1] ?? '';
    expect(passed).toHaveLength(made.length);
    expect(plainDialect.brings(message(Buffer.from(passed, 'latin1')), mark)).toBe(true);
  });
});
