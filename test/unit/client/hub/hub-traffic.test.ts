import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TokenSource } from '../../../../client/src/auth/session.ts';
import { HubError } from '../../../../client/src/hub/hub-error.ts';
import { Flag } from '../../../../shared/hub-protocol/frame.ts';
import { BROADCAST_GUID } from '../../../../shared/hub-protocol/guid.ts';
import { eventually } from '../../../support/node/eventually.ts';
import { failureOf } from '../../../support/node/failure-of.ts';
import { guidOf, jsonOf, ScriptedHubFixture } from '../../../support/node/scripted-hub-fixture.ts';

let fixture: ScriptedHubFixture;

beforeEach(async () => {
  fixture = await ScriptedHubFixture.start();
});
afterEach(() => fixture[Symbol.asyncDispose]());

describe('calls', () => {
  it('wait for the connection, and have the endpoint, channel and body they were made with', async () => {
    const hub = fixture.hub();
    const call = hub.call('game', 'POST:/move', { to: 'e4' }, { channel: 7 });
    const end = (await fixture.server.connection()).open();
    const frame = await end.frame();
    expect(frame).toMatchObject({
      kind: 'request',
      flags: 0,
      channel: 7,
      guid: guidOf('game POST:/move'),
    });
    expect(jsonOf(frame)).toEqual({ to: 'e4' });
    end.respond(frame, 0, { ok: true });
    expect(await call).toEqual({ ok: true });
  });

  it('reject with the name, the code and the problem document of the answer', async () => {
    const { hub, end } = await fixture.open();
    const call = failureOf(hub.call('game', 'POST:/move', {}));
    const problem = { title: 'Slow down', status: 429, code: 'RATE', retryAfterMs: 1_500 };
    end.respond(await end.frame(), 54, problem);
    const failure = await call;
    expect(failure).toBeInstanceOf(HubError);
    expect(failure).toMatchObject({
      name: 'Service_TooManyRequests',
      code: 54,
      problem,
      retryAfterMs: 1_500,
      message: 'Slow down',
    });
    const unknown = failureOf(hub.call('game', 'POST:/move', {}));
    end.respond(await end.frame(1), 99);
    expect(await unknown).toMatchObject({ name: 'Unknown', code: 99, problem: undefined });
  });

  it('are sent again after a loss if they are idempotent, and rejected otherwise', async () => {
    const { hub, end } = await fixture.open();
    const read = hub.call('game', 'GET:/score');
    const move = failureOf(hub.call('game', 'POST:/move', {}));
    const marked = hub.call('game', 'POST:/move', { again: true }, { idempotent: true });
    await end.frame(2);
    end.cut();
    expect(await move).toMatchObject({ name: 'connection_lost' });
    const back = (await fixture.server.connection(1)).open({ resumed: true });
    back.respond(await back.frame(0), 0, 1);
    back.respond(await back.frame(1), 0, 2);
    expect(await Promise.all([read, marked])).toEqual([1, 2]);
  });

  it('that are aborted are cancelled at the hub', async () => {
    const { hub, end } = await fixture.open();
    const abort = new AbortController();
    const call = failureOf(hub.call('game', 'GET:/score', undefined, { signal: abort.signal }));
    const { messageId } = await end.frame();
    abort.abort();
    expect(await call).toBe(abort.signal.reason);
    const cancel = await end.frame(1);
    expect(cancel).toMatchObject({
      flags: Flag.event,
      guid: guidOf('connect POST:/connect/cancel'),
    });
    expect(jsonOf(cancel)).toEqual({ messageId: String(messageId) });
  });

  it('with bytes have the binary flag, and their answer is not parsed', async () => {
    const { hub, end } = await fixture.open();
    const call = hub.callBinary('game', 'POST:/move', Uint8Array.of(0, 255));
    const frame = await end.frame();
    expect(frame).toMatchObject({ flags: Flag.binary, payload: Uint8Array.of(0, 255) });
    end.respond(frame, 0, 'x');
    expect(await call).toEqual(new Uint8Array([34, 120, 34]));
  });

  it('to a shortcut have its GUID and an empty payload', async () => {
    const shortcutId = '00000000-0000-7000-8000-00000000000a';
    const { hub, end } = await fixture.open({}, { shortcuts: [{ name: 'ready', shortcutId }] });
    const call = hub.shortcut('ready')();
    const frame = await end.frame();
    expect(frame).toMatchObject({ guid: shortcutId, flags: 0 });
    expect(frame.payload).toHaveLength(0);
    end.respond(frame, 0, { done: true });
    expect(await call).toEqual({ done: true });
    expect(await failureOf(hub.shortcut('unknown')())).toMatchObject({ code: 71 });

    // A shortcut that has ended is still sent, because the hub's answer tells why it ended.
    const updated = new Promise((resolve) => hub.onManifest(resolve));
    end.event('connect.capability-manifest', 1, { version: 2, delta: true, shortcuts: [] });
    await updated;
    const revoked = failureOf(hub.shortcut('ready')());
    end.respond(await end.frame(1), 72);
    expect(await revoked).toMatchObject({ name: 'ShortcutRevoked', code: 72 });
  });

  it('without an answer have the event flag, and requests for a description the meta flag', async () => {
    const { hub, end } = await fixture.open();
    await hub.send('game', 'POST:/move', { to: 'e4' });
    expect(await end.frame()).toMatchObject({ flags: Flag.event });
    const described = hub.describe('game', 'GET:/score');
    const frame = await end.frame(1);
    expect(frame).toMatchObject({ flags: Flag.meta, channel: 3 });
    end.respond(frame, 0, { metaType: 'full-schema' });
    expect(await described).toEqual({ metaType: 'full-schema' });
  });
});

describe('a frame of the hub', () => {
  it('that is a request is answered by the handler of its name, whatever that returns or throws', async () => {
    const { hub, end } = await fixture.open();
    hub.handle('ask.json', ({ question }) => ({ question, answer: 42 }));
    hub.handle('ask.bytes', async () => Uint8Array.of(1, 2));
    hub.handle('ask.nothing', () => undefined);
    hub.handle('ask.refused', () => {
      throw new HubError('Service_Conflict');
    });
    hub.handle('ask.broken', () => {
      throw new Error('a bug');
    });
    const stop = hub.handle('ask.stopped', () => 1);
    stop();
    expect(() => hub.handle('ask.json', () => 1)).toThrow(TypeError);

    const cases = [
      ['ask.json', 0, Flag.response, '{"question":"q","answer":42}'],
      ['ask.bytes', 0, Flag.response | Flag.binary, '\u0001\u0002'],
      ['ask.nothing', 0, Flag.response, ''],
      ['ask.refused', 53, Flag.response, ''],
      ['ask.broken', 60, Flag.response, ''],
      ['ask.stopped', 30, Flag.response, ''],
    ] as const;
    for (const [at, [eventName, code, flags, payload]] of cases.entries()) {
      const messageId = 2n ** 64n - 1n - BigInt(at);
      end.request({ payload: { eventName, question: 'q' }, messageId, channel: at, sequence: at });
      const answer = await end.frame(at);
      expect(answer).toMatchObject({
        kind: 'response',
        code,
        flags,
        messageId,
        channel: at,
        sequence: at,
      });
      expect(Buffer.from(answer.payload).toString()).toBe(payload);
    }
  });

  it('of a peer reaches listeners with its sender, and is not answered', async () => {
    const peer = '00000000-0000-6000-8000-00000000000b';
    const { hub, end } = await fixture.open({}, { peerGuid: peer });
    expect(hub.manifest?.peerGuid).toBe(peer);
    const messages: unknown[] = [];
    hub.onPeerMessage((message) => messages.push(message));
    end.request({ flags: Flag.client, guid: peer, channel: 3, payload: { hi: 1 } });
    const bytes = { flags: Flag.client | Flag.event | Flag.binary, payload: Uint8Array.of(7) };
    end.request({ guid: peer, ...bytes });
    await eventually(() => expect(messages).toHaveLength(2));
    expect(messages).toEqual([
      { from: peer, channel: 3, payload: { hi: 1 } },
      { from: peer, channel: 0, payload: Uint8Array.of(7) },
    ]);

    const sent = hub.sendToPeer(peer, { hello: 'you' });
    const frame = await end.frame();
    expect(frame).toMatchObject({ flags: Flag.client, guid: peer });
    end.respond(frame, 31);
    await expect(sent).rejects.toMatchObject({ name: 'ClientNotFound' });
    void hub.broadcast(Uint8Array.of(1)).catch(() => {});
    expect(await end.frame(1)).toMatchObject({ flags: 0x21, guid: BROADCAST_GUID });
  });

  it('that is compressed is not overtaken by later ones', async () => {
    const { hub, end } = await fixture.open();
    const events: unknown[] = [];
    hub.onAny(({ eventName }) => events.push(eventName));
    for (const [at, compressed] of [true, false, true, false].entries()) {
      const payload = { eventName: `e${at}`, eventId: `${at}`, padding: 'x'.repeat(5_000) };
      end.request({ flags: Flag.event, sequence: 2 + at, payload, compressed });
    }
    await eventually(() => expect(events).toEqual(['e0', 'e1', 'e2', 'e3']));
  });

  it('that cannot be read is ignored', async () => {
    const { hub, end } = await fixture.open({
      decompress: () => Promise.reject(new Error('unknown')),
    });
    const events: unknown[] = [];
    hub.onAny(({ eventName }) => events.push(eventName));
    end.raw(Uint8Array.of(1, 2, 3));
    end.raw('a text');
    end.request({ flags: Flag.event, sequence: 2, payload: Uint8Array.of(0xff) });
    end.event('fine', 3);
    await eventually(() => expect(events).toContain('fine'));
  });

  it('with a change of the manifest changes the calls that can be made', async () => {
    const { hub, end } = await fixture.open();
    const versions: number[] = [];
    hub.onManifest(({ version }) => versions.push(version));
    const serviceId = '00000000-0000-5000-8000-0000000000ff';
    const added = [{ service: 'game', endpoint: 'POST:/resign', serviceId }];
    const removed = [guidOf('game GET:/score')];
    end.event('connect.capability-manifest', 1, { version: 2, added, removed });
    await eventually(() => expect(versions).toEqual([2]));
    void hub.call('game', 'POST:/resign').catch(() => {});
    expect(await end.frame()).toMatchObject({ guid: serviceId });
    await expect(hub.call('game', 'GET:/score')).rejects.toMatchObject({ name: 'ServiceNotFound' });
  });

  it('with an event reaches every listener, even if one throws', async () => {
    const { hub, end } = await fixture.open();
    const uncaught: unknown[] = [];
    const note = (error: unknown): void => void uncaught.push(error);
    const others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', note);
    const calls: string[] = [];
    hub.on('x', () => {
      throw new Error('a bug of the application');
    });
    const stop = hub.on('x', () => calls.push('second'));
    hub.on('x', () => calls.push('third'));
    end.event('x', 2);
    await eventually(() => expect(uncaught).toHaveLength(1));
    expect(calls).toEqual(['second', 'third']);
    stop();
    stop();
    end.event('x', 3);
    await eventually(() => expect(uncaught).toHaveLength(2));
    expect(calls).toEqual(['second', 'third', 'third']);
    process.removeListener('uncaughtException', note);
    for (const listener of others) process.on('uncaughtException', listener);
  });
});

describe('an open hub', () => {
  it('acknowledges events', async () => {
    const { end } = await fixture.open();
    end.event('large', 2, { padding: 'x'.repeat(70_000) });
    const ack = await end.frame();
    expect(ack).toMatchObject({ flags: Flag.event, guid: guidOf('connect POST:/connect/ack') });
    expect(jsonOf(ack)).toEqual({ sequence: 2 });
  });

  it('presents its token at once where its expiry is unknown', async () => {
    const tokens: TokenSource = async () => ({ value: 'token', expiresAt: undefined });
    const { end } = await fixture.open({ tokens });
    const frame = await end.frame();
    expect(frame).toMatchObject({ flags: 0, guid: guidOf('connect POST:/connect/reauthenticate') });
    expect(jsonOf(frame)).toEqual({ accessToken: 'token' });
  });
});
