import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { utf8 } from '../../../../shared/bytes.ts';
import { BROADCAST_GUID, ZERO_GUID } from '../../../../shared/hub-protocol/guid.ts';
import { readJson } from '../../../support/hub-client.ts';
import { connectToHub, HUB } from '../../../support/hub-fixture.ts';

const OTHER_HUB = 'hub:eu:3';

describe('messages between clients', () => {
  it('[H65-H67] carry the sender’s frame and peer GUID', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    expect(ann.peerGuid).toMatch(/^.{8}-.{4}-6.{3}-[89ab].{3}-.{12}$/);
    expect(ann.peerGuid).not.toBe(bob.peerGuid);

    const payload = utf8(' {"from" : "somebody else"}\n');
    const sent = { guid: bob.peerGuid, flags: 0x20, channel: 7, sequence: 99, payload } as const;
    const answer = await ann.call('', sent);
    expect(answer).toMatchObject({ flags: 0x60, code: 0, channel: 7, sequence: 99 });
    expect(readJson(answer)).toEqual({ status: 'delivered', targetPeerGuid: bob.peerGuid });
    expect(await bob.peerMessage()).toEqual({
      kind: 'request',
      flags: 0x20,
      channel: 7,
      sequence: 1,
      guid: ann.peerGuid,
      messageId: answer.messageId,
      payload,
    });
  });

  it('[H66] carry bytes, and can be answered by the sender’s GUID', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await ann.call('', { guid: bob.peerGuid, flags: 0x21, payload });
    const message = await bob.peerMessage();
    expect(message).toMatchObject({ flags: 0x21, payload });
    await bob.call('', { guid: message.guid, flags: 0x20 });
    expect(await ann.peerMessage()).toMatchObject({ guid: bob.peerGuid });
  });

  it('[H66-H67] arrive in order, and are not answered if they are events', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub(undefined, { hub: OTHER_HUB });
    for (let n = 0; n < 20; n += 1) ann.send('', { guid: bob.peerGuid, flags: 0x30, json: n });
    ann.send('', { guid: crypto.randomUUID(), flags: 0x30 });
    for (let n = 0; n < 20; n += 1) {
      const message = await bob.peerMessage();
      expect([message.flags, message.sequence, readJson(message)]).toEqual([0x30, 1, n]);
    }
    await ann.call('POST:/echo');
    expect(ann.inbox).toEqual([]);
  });

  it('[H65] reach clients of other hubs and clients that hibernate', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub(undefined, { hub: OTHER_HUB });
    for (const hub of [HUB, OTHER_HUB]) {
      await evictDurableObject(env.HUBS.getByName(hub), { webSockets: 'hibernate' });
    }
    const payload = utf8('"hello"');
    expect((await ann.call('', { guid: bob.peerGuid, flags: 0x20, payload })).code).toBe(0);
    expect(await bob.peerMessage()).toMatchObject({ guid: ann.peerGuid, payload });
    expect((await bob.call('', { guid: ann.peerGuid, flags: 0x20 })).code).toBe(0);
    expect(await ann.peerMessage()).toMatchObject({ guid: bob.peerGuid });
  });

  it('[H67] cannot be answered with a response', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    const acknowledged = await ann.call('', { guid: bob.peerGuid, flags: 0x20 });
    bob.answer(await bob.peerMessage(), { flags: 0x60 });
    await bob.call('POST:/echo');
    await ann.call('POST:/echo');
    expect(acknowledged.code).toBe(0);
    expect([ann.inbox, bob.inbox]).toEqual([[], []]);
  });

  it('[H67] are refused for a peer that is gone, unknown, or the sender', async ({ expect }) => {
    using ann = await connectToHub(undefined, { subprotocol: 'sallyport.v1+problem' });
    using gone = await connectToHub();
    using far = await connectToHub(undefined, { hub: OTHER_HUB });
    for (const client of [gone, far]) {
      client.close();
      await client.closed;
    }
    const madeUp = '00112233-4455-6677-8899-aabbccddeeff';
    for (const guid of [gone.peerGuid, far.peerGuid, ann.peerGuid, ZERO_GUID, madeUp]) {
      const answer = await ann.call('', { guid, flags: 0x20 });
      expect(answer).toMatchObject({ flags: 0x60, code: 31 });
      expect(readJson(answer)).toMatchObject({ code: 'ClientNotFound' });
    }
    expect(ann.inbox).toEqual([]);
  });

  it('[H69] are broadcast only in a mode that allows it', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    expect((await ann.call('', { guid: BROADCAST_GUID, flags: 0x20 })).code).toBe(40);
    ann.send('', { guid: BROADCAST_GUID, flags: 0x30 });
    await ann.call('POST:/echo');
    await bob.call('POST:/echo');
    expect([ann.inbox, bob.inbox]).toEqual([[], []]);
  });

  it('[H69] that are broadcast reach every client of the hub but the sender', async ({
    expect,
  }) => {
    const hub = 'hub:oc:1';
    using ann = await connectToHub(undefined, { hub });
    using bob = await connectToHub(undefined, { hub });
    using cid = await connectToHub(undefined, { hub });
    const message = {
      from: ann.peerGuid,
      to: BROADCAST_GUID,
      flags: 0x21,
      channel: 4,
      messageId: 9n,
      payload: utf8('all'),
    };
    expect(await env.HUBS.getByName(hub).deliverToAll(message)).toBe(2);
    for (const client of [bob, cid]) {
      const { payload, channel, messageId } = message;
      const expected = {
        flags: 0x21,
        guid: ann.peerGuid,
        channel,
        sequence: 1,
        messageId,
        payload,
      };
      expect(await client.peerMessage()).toMatchObject(expected);
    }
    await ann.call('POST:/echo');
    expect(ann.inbox).toEqual([]);
  });
});
