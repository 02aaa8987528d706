import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it } from 'vitest';

import { utf8 } from '../../../shared/bytes.ts';
import { directoryName } from '../../../shared/contracts/connect/connect-rpc.ts';
import { closeSessions } from '../../../workers/connect/hubs/user-changes.ts';
import {
  ADMINISTRATOR,
  callConnect,
  connectClient,
  loseConnection,
  refusalOf,
  requestConnect,
  SERVICE,
  tokenOf,
} from '../../support/connect-fixture.ts';
import { FakeIdentity } from '../../support/fake-identity.ts';
import { aPrincipal, changeStoredPrincipal, HUB } from '../../support/hub-fixture.ts';

afterEach(() => {
  FakeIdentity.naming = true;
});

/** A user whom one client knows by a pairwise subject, and another by the account's id. */
function aUser() {
  const account = crypto.randomUUID();
  const subject = `pws_${crypto.randomUUID()}`;
  FakeIdentity.accounts.set(subject, account);
  const pairwise = aPrincipal({ subject, clientId: 'a-game', scopes: ['openid', 'connect'] });
  return { account, pairwise, own: aPrincipal({ subject: account }) };
}

const publish = async (userId: string, eventName: string) =>
  (await callConnect('/events', SERVICE, { target: { userId }, eventName })).json;
const connectionsOf = async (userId: string) => {
  const { json } = await callConnect(`/connections?userId=${userId}`, ADMINISTRATOR);
  return json.connections.map(({ sessionId }: { sessionId: string }) => sessionId) as string[];
};
const sessionsIn = async (name: string) =>
  (await env.DIRECTORIES.getByName(directoryName(name)).sessions()).map((one) => one.sessionId);

describe('a user whom a client knows by a pairwise subject', () => {
  it('[CN53] is reached by events under the account, at every client', async ({ expect }) => {
    const { account, pairwise, own } = aUser();
    using game = await connectClient({ principal: pairwise });
    using ours = await connectClient({ principal: own });
    expect(await publish(account, 'both')).toMatchObject({ delivered: 2 });
    expect([await game.event(), await ours.event()]).toMatchObject([
      { eventName: 'both' },
      { eventName: 'both' },
    ]);
    expect(await publish(pairwise.subject, 'one')).toMatchObject({ delivered: 1, kept: 0 });
    expect(await game.event()).toMatchObject({ eventName: 'one' });
  });

  it('[CN53] [H96] gets the events that were published while it was gone', async ({ expect }) => {
    const { account, pairwise } = aUser();
    const game = await connectClient({ principal: pairwise });
    await loseConnection(game);
    expect(await publish(account, 'missed')).toMatchObject({ delivered: 0, kept: 1 });
    using back = await connectClient({ token: tokenOf(game), lastSequence: 1 }, pairwise);
    expect(await back.event()).toMatchObject({ eventName: 'missed' });
  });

  it('[H96] begins a new stream where the old one did not know the account', async ({ expect }) => {
    const { pairwise } = aUser();
    const game = await connectClient({ principal: pairwise });
    await loseConnection(game);
    await changeStoredPrincipal(pairwise.sessionId, (before) => ({ ...before, userId: undefined }));
    using back = await connectClient({ principal: pairwise, lastSequence: 1 });
    expect(back.manifest['resumed']).toBe(false);
  });

  it('[CN53] is listed and kicked by the account', async ({ expect }) => {
    const { account, pairwise } = aUser();
    using game = await connectClient({ principal: pairwise });
    expect(await connectionsOf(account)).toEqual([pairwise.sessionId]);
    expect(await connectionsOf(pairwise.subject)).toEqual([pairwise.sessionId]);
    const kicked = await callConnect('/kick', ADMINISTRATOR, { userId: account });
    expect(kicked.json).toEqual({ closed: 1 });
    expect(await game.closed).toMatchObject({ code: 4403 });
    expect(await sessionsIn(account)).toEqual([]);
    expect(await sessionsIn(pairwise.subject)).toEqual([]);
  });

  it('[CN53] is asked by the account', async ({ expect }) => {
    const { account, pairwise } = aUser();
    using game = await connectClient({ principal: pairwise });
    const asking = callConnect('/rpc', SERVICE, { userId: account, eventName: 'ready' });
    game.answer(await game.question(), { payload: utf8('1') });
    expect((await asking).json).toMatchObject({ code: 0 });
  });

  it('[CN53] loses its sockets with the session that its token names', async ({ expect }) => {
    const { pairwise } = aUser();
    using game = await connectClient({ principal: pairwise });
    const { subject, sessionId } = pairwise;
    const ended = { subject, sessionIds: [sessionId], reason: 'session_revoked' } as const;
    expect(await closeSessions(env, ended)).toBe(1);
    expect(await game.closed).toMatchObject({ code: 4401 });
  });

  it('[CN53] is found by the account after a ticket, too', async ({ expect }) => {
    const { account, pairwise } = aUser();
    const { json } = await callConnect('/tickets', pairwise, undefined, {}, 'POST');
    using game = await connectClient({ ticket: json.ticket }, pairwise);
    expect(await publish(account, 'hello')).toMatchObject({ delivered: 1 });
    expect(await game.event()).toMatchObject({ eventName: 'hello' });
  });

  it('[CN53] [H96] is never told the account', async ({ expect }) => {
    const { account, pairwise } = aUser();
    using game = await connectClient({ principal: pairwise });
    const { json } = await callConnect('/api-discovery', pairwise, undefined, {}, 'POST');
    const ticket = await callConnect('/tickets', pairwise, undefined, {}, 'POST');
    const shown = JSON.stringify([game.manifest, json, ticket.json]);
    expect(shown).not.toContain(account);
    const stored = await runInDurableObject(env.HUBS.getByName(HUB), (_, { storage }) =>
      storage.sql
        .exec('SELECT principal FROM streams WHERE session_id = ?', pairwise.sessionId)
        .one(),
    );
    expect(JSON.parse(String(stored['principal']))).toMatchObject({
      subject: pairwise.subject,
      userId: account,
    });
  });

  it('[CN53] is refused with 503 while nobody can say whose account it is', async ({ expect }) => {
    FakeIdentity.naming = false;
    const refused = await requestConnect({ principal: aUser().pairwise });
    expect(await refusalOf(refused)).toEqual([503, 'SERVICE_UNAVAILABLE']);
    using ours = await connectClient({ principal: aUser().own });
    expect(ours.manifest['version']).toBe(1);
  });
});
