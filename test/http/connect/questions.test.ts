import { describe, it } from 'vitest';

import { utf8 } from '../../../shared/bytes.ts';
import { ADMINISTRATOR, callConnect, SERVICE } from '../../support/connect-fixture.ts';
import { readJson } from '../../support/hub-client.ts';
import { aPrincipal, connectToHub } from '../../support/hub-fixture.ts';

const ask = (body: object, principal = SERVICE) => callConnect('/rpc', principal, body);
const offer = { eventName: 'trade.offer', payload: { item: 'sword' } };

describe('POST /api/v1/connect/rpc', () => {
  it('[CN24] asks the session, and returns its answer', async ({ expect }) => {
    using ann = await connectToHub();
    const { sessionId, subject: userId } = ann.principal;
    for (const asked of [{ sessionId }, { sessionId, userId }, { userId }]) {
      const reply = ask({ ...asked, ...offer });
      const question = await ann.question();
      expect(readJson(question)).toMatchObject({ eventName: 'trade.offer', item: 'sword' });
      ann.answer(question, { payload: utf8('{"accepted":true}') });
      const { status, json } = await reply;
      expect([status, json]).toEqual([200, { code: 0, name: 'OK', payload: { accepted: true } }]);
    }
  });

  it.for([
    [
      { code: 53, payload: utf8('') },
      { code: 53, name: 'Service_Conflict', payload: null },
    ],
    [
      { flags: 0x41, payload: new Uint8Array([0, 255]) },
      { code: 0, name: 'OK', payloadBase64: 'AP8=' },
    ],
    [
      { code: 200, payload: utf8('no JSON') },
      { code: 200, name: null, payloadBase64: 'bm8gSlNPTg==' },
    ],
    [{ payload: utf8('null') }, { code: 0, name: 'OK', payload: null }],
  ] as const)('[CN24] shows the answer %j as %j', async ([answer, shown], { expect }) => {
    using ann = await connectToHub();
    const reply = ask({ sessionId: ann.principal.sessionId, ...offer }, ADMINISTRATOR);
    ann.answer(await ann.question(), answer);
    expect((await reply).json).toEqual(shown);
  });

  it('[CN24] distinguishes an absent client, a silent one and an ambiguous target', async ({
    expect,
  }) => {
    const subject = crypto.randomUUID();
    using ann = await connectToHub(aPrincipal({ subject }), { hub: 'hub:eu:0' });
    using other = await connectToHub(aPrincipal({ subject }), { hub: 'hub:na:0' });
    const { sessionId } = ann.principal;
    const outcome = async (body: object) => {
      const { status, json } = await ask({ ...offer, timeoutMs: 100, ...body });
      return [status, json.code];
    };
    expect(await outcome({ sessionId })).toEqual([504, 'CONNECT_CLIENT_TIMEOUT']);
    expect(await outcome({ userId: subject })).toEqual([409, 'CONNECT_CLIENT_AMBIGUOUS']);
    const nobody = [404, 'CONNECT_CLIENT_NOT_CONNECTED'];
    expect(await outcome({ sessionId: 'ses_nobody' })).toEqual(nobody);
    expect(await outcome({ userId: 'nobody' })).toEqual(nobody);
    expect(await outcome({ sessionId, userId: 'somebody else' })).toEqual(nobody);

    const reply = ask({ sessionId, ...offer });
    await ann.question();
    await ann.question();
    ann.close();
    expect((await reply).json.code).toBe('CONNECT_CLIENT_NOT_CONNECTED');
    expect(other.inbox).toEqual([]);
  });

  it.for([
    ['nobody', {}],
    ['a reserved name', { sessionId: 's', eventName: 'connect.peers' }],
    ['no name', { sessionId: 's', eventName: 'Trade Offer' }],
    ['too short a time', { sessionId: 's', timeoutMs: 99 }],
    ['too long a time', { sessionId: 's', timeoutMs: 30_001 }],
    ['too much', { sessionId: 's', payload: { large: 'x'.repeat(65_536) } }],
    ['what it does not know', { sessionId: 's', role: 'user' }],
  ] as const)('[CN24] refuses to ask %s', async ([, body], { expect }) => {
    const { status, json } = await ask({ ...offer, ...body });
    expect([status, json.code]).toEqual([400, 'VALIDATION_ERROR']);
    expect(json.errors).not.toEqual([]);
  });
});
