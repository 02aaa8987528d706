import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';

import { utf8 } from '../../../../shared/bytes.ts';
import type { Question } from '../../../../shared/contracts/connect/hub-rpc.ts';
import { ZERO_GUID } from '../../../../shared/hub-protocol/guid.ts';
import { readJson } from '../../../support/hub-client.ts';
import { aPrincipal, connectToHub, HUB, type SessionClient } from '../../../support/hub-fixture.ts';

const hub = () => env.HUBS.getByName(HUB);

function ask({ principal }: Pick<SessionClient, 'principal'>, change: Partial<Question> = {}) {
  const { sessionId } = principal;
  return hub().ask({
    sessionId,
    eventName: 'trade.offer',
    payload: {},
    timeout: 30_000,
    ...change,
  });
}

describe('a question to a client', () => {
  it('[H70] is a request with the stream’s last sequence', async ({ expect }) => {
    using ann = await connectToHub();
    const payload = { item: 'sword', eventName: 'mine', eventId: 'mine', timestamp: 'mine' };
    const outcome = ask(ann, { payload });
    const question = await ann.question();
    expect(question).toMatchObject({ flags: 0, channel: 0, sequence: 1, guid: ZERO_GUID });
    expect(readJson(question)).toEqual({
      item: 'sword',
      eventName: 'trade.offer',
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    ann.answer(question);
    await outcome;

    const again = ask(ann);
    const next = await ann.question();
    expect(next.messageId).not.toBe(question.messageId);
    expect(next.sequence).toBe(1);
    ann.answer(next);
    await again;
  });

  it('[H71] returns the client’s answer unchanged', async ({ expect }) => {
    using ann = await connectToHub();
    const [first, second] = [ask(ann, { eventName: 'one' }), ask(ann, { eventName: 'two' })];
    const [one, two] = [await ann.question(), await ann.question()];
    const payload = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    ann.answer(two, { flags: 0x41, code: 53, payload });
    ann.answer(one, { payload: utf8(' {"a" : 1.0}\n') });
    expect(await first).toEqual({
      as: 'answered',
      code: 0,
      payload: utf8(' {"a" : 1.0}\n'),
      binary: false,
    });
    expect(await second).toEqual({ as: 'answered', code: 53, payload, binary: true });
  });

  it('[H17] [H71] accepts no answer of another connection, and no second answer', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    const outcome = ask(ann);
    const question = await ann.question();
    bob.answer(question, { payload: utf8('"stolen"') });
    // Bob's echo came after his answer, so that has been read.
    expect((await bob.call('POST:/echo')).code).toBe(0);

    ann.answer(question, { payload: utf8('"own"') });
    ann.answer(question, { payload: utf8('"again"') });
    expect(await outcome).toMatchObject({ payload: utf8('"own"') });
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect([ann.inbox, bob.inbox]).toEqual([[], []]);
  });

  it('[H71] is answered by its own session, whatever message ids others answer with', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    const outcomes = [ask(ann), ask(bob)];
    const [anns, bobs] = [await ann.question(), await bob.question()];
    ann.answer(bobs, { payload: utf8('"ann"') });
    bob.answer(anns, { payload: utf8('"bob"') });
    ann.answer(anns, { payload: utf8('"ann"') });
    bob.answer(bobs, { payload: utf8('"bob"') });
    expect(await Promise.all(outcomes)).toMatchObject([
      { payload: utf8('"ann"') },
      { payload: utf8('"bob"') },
    ]);
  });

  it('[H72] ends when its time is up', async ({ expect }) => {
    using ann = await connectToHub();
    expect(await ask(ann, { timeout: 1 })).toEqual({ as: 'timeout' });
    ann.answer(await ann.question());
    expect((await ann.call('POST:/echo')).code).toBe(0);
    expect(ann.inbox).toEqual([]);
  });

  it('[H72] ends with its connection', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    const outcomes = [ask(ann), ask(bob)];
    await Promise.all([ann.question(), bob.question()]);
    ann.close();
    await hub().endSessions([bob.principal.sessionId], 'kicked');
    expect(await Promise.all(outcomes)).toEqual([{ as: 'disconnected' }, { as: 'disconnected' }]);
    expect(await ask(ann)).toEqual({ as: 'not_connected' });
    expect(await ask({ principal: aPrincipal() })).toEqual({ as: 'not_connected' });
  });

  it('[H72] reaches a client that hibernates', async ({ expect }) => {
    using ann = await connectToHub();
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    const outcome = ask(ann);
    ann.answer(await ann.question());
    expect(await outcome).toMatchObject({ as: 'answered', code: 0 });
  });

  it('[H73] goes to the newest connection', async ({ expect }) => {
    const principal = aPrincipal();
    using older = await connectToHub(principal);
    using newer = await connectToHub(principal);
    const outcome = ask(newer);
    newer.answer(await newer.question());
    expect(await outcome).toMatchObject({ as: 'answered' });
    expect(older.inbox.filter(({ flags }) => flags === 0)).toEqual([]);
  });
});
