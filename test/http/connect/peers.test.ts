import { describe, it } from 'vitest';

import { callConnect, SERVICE } from '../../support/connect-fixture.ts';
import { connectToHub, type SessionClient } from '../../support/hub-fixture.ts';

const introduce = (body: object) => callConnect('/peers', SERVICE, body);

describe('POST /api/v1/connect/peers', () => {
  it('[CN29] tells each session of the others, and they can write to each other', async ({
    expect,
  }) => {
    using ann = await connectToHub(undefined, { hub: 'hub:eu:0' });
    using bob = await connectToHub(undefined, { hub: 'hub:na:3' });
    using eve = await connectToHub(undefined, { hub: 'hub:na:3' });
    const peer = ({ principal: { sessionId }, peerGuid }: SessionClient) => ({
      sessionId,
      peerGuid,
    });
    const sessionIds = [ann.principal.sessionId, 'ses_gone', bob.principal.sessionId];

    const { status, json } = await introduce({ topic: 'match:7', sessionIds });
    expect(status).toBe(202);
    expect(json.missing).toEqual(['ses_gone']);
    expect(json.peers).toHaveLength(2);
    expect(json.peers).toEqual(expect.arrayContaining([peer(ann), peer(bob)]));

    for (const [client, other] of [
      [ann, bob],
      [bob, ann],
    ] as const) {
      expect(await client.event()).toMatchObject({
        eventName: 'connect.peers',
        topic: 'match:7',
        peers: [peer(other)],
      });
      expect((await client.call('', { guid: other.peerGuid, flags: 0x20 })).code).toBe(0);
      expect(await other.peerMessage()).toMatchObject({ guid: client.peerGuid });
    }
    await eve.call('POST:/echo');
    expect(eve.inbox).toEqual([]);
  });

  it.for([
    ['one session', { topic: 't', sessionIds: ['a'] }],
    ['a session twice', { topic: 't', sessionIds: ['a', 'a'] }],
    ['no topic', { topic: '', sessionIds: ['a', 'b'] }],
  ] as const)('[CN29] refuses %s', async ([, body], { expect }) => {
    expect((await introduce(body)).json.code).toBe('VALIDATION_ERROR');
  });
});
