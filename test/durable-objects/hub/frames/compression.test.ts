import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { brotliDecompressSync } from 'node:zlib';
import { describe, it } from 'vitest';
import { wireHub } from '../../../../durable-objects/hub/wiring.ts';
import { fromUtf8 } from '../../../../shared/bytes.ts';
import { jsonAnswer, responseBytes } from '../../../../shared/hub-protocol/answer.ts';
import { decodeFrame } from '../../../../shared/hub-protocol/decode-frame.ts';
import { connectToHub } from '../../../support/hub-fixture.ts';

/** The frames that the sockets of a hub with these settings are sent. */
async function sentBy(change: Record<string, string>): Promise<Uint8Array[]> {
  const hub = `hub:test:${crypto.randomUUID()}`;
  using client = await connectToHub(undefined, { hub });
  const raw: Uint8Array[] = [];
  const { sessionId } = client.principal;
  await runInDurableObject(env.HUBS.getByName(hub), (_, state) => {
    const { connections, publisher } = wireHub(state, { ...env, ...change }, () => Date.now());
    const [socket] = state.getWebSockets();
    if (socket === undefined) throw new Error('Cannot find the socket');
    const send = socket.send.bind(socket);
    socket.send = (frame) => {
      if (frame instanceof Uint8Array) raw.push(frame.slice());
      send(frame);
    };
    publisher.publish([
      {
        eventId: hub,
        eventName: 'test.event',
        timestamp: '2026-11-25T00:00:00Z',
        target: { session: sessionId },
        payload: { text: 'abc'.repeat(1_000) },
        ephemeral: false,
      },
    ]);
    const [connection] = connections.all();
    if (connection === undefined) throw new Error('Cannot find the connection');
    const correlation = { flags: 0, channel: 0, sequence: 1, messageId: 5n };
    connection.send(responseBytes(correlation, jsonAnswer('xyz'.repeat(1_000))));
  });
  return raw;
}

describe('compression', () => {
  it('[H19] applies to large events and responses', async ({ expect }) => {
    const sent = await sentBy({ COMPRESSION: 'on' });
    expect(sent.map((frame) => frame[0])).toEqual([0x14, 0x44]);
    const texts = sent.map((frame) => {
      const read = decodeFrame(frame);
      return read.ok ? fromUtf8(brotliDecompressSync(read.value.payload)) : '';
    });
    expect(texts[0]).toContain('abcabc');
    expect(texts[1]).toContain('xyzxyz');
  });

  it('[H19] is off by default, and below the threshold', async ({ expect }) => {
    for (const change of [{}, { COMPRESSION: 'on', COMPRESSION_THRESHOLD: '100000' }]) {
      const sent = await sentBy(change);
      expect(sent.map((frame) => frame[0])).toEqual([0x10, 0x40]);
    }
  });
});
