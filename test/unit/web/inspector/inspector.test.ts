import { describe, expect, it } from 'vitest';

import type { Address } from '../../../../client/src/hub/frame-socket.ts';
import { fromUtf8, utf8 } from '../../../../shared/bytes.ts';
import { decodeFrame } from '../../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../../shared/hub-protocol/encode-frame.ts';
import { Flag, type Frame } from '../../../../shared/hub-protocol/frame.ts';
import { ZERO_GUID } from '../../../../shared/hub-protocol/guid.ts';
import { GuidNames } from '../../../../web/inspector/guid-names.ts';
import { Inspector } from '../../../../web/inspector/inspector.ts';
import { SignedOutError, type SocketPorts } from '../../../../web/inspector/transport.ts';

const ECHO = '0ec5068d-64d2-4853-9976-ebc66d694536';
const CANCEL = '1ec5068d-64d2-4853-9976-ebc66d694536';
const REAUTHENTICATE = '2ec5068d-64d2-4853-9976-ebc66d694536';
const APIS = [
  { service: 'echo', endpoint: 'POST:/echo', serviceId: ECHO },
  { service: 'connect', endpoint: 'POST:/connect/cancel', serviceId: CANCEL },
  { service: 'connect', endpoint: 'POST:/connect/reauthenticate', serviceId: REAUTHENTICATE },
];

/** The hub's side of one connection. */
class FakeSocket {
  readonly address: Address;
  readonly #ports: SocketPorts;
  readonly sent: Frame[] = [];
  closedWith: number | undefined;

  constructor(address: Address, ports: SocketPorts) {
    this.address = address;
    this.#ports = ports;
  }

  send(frame: Uint8Array | string): void {
    const decoded = typeof frame === 'string' ? undefined : decodeFrame(frame);
    if (decoded?.ok === true) this.sent.push(decoded.value);
  }

  close(code: number): void {
    this.closedWith = code;
  }

  lost(code: number): void {
    this.#ports.closed(code);
  }

  event(eventName: string, sequence: number, members: object = {}): void {
    const payload = utf8(
      JSON.stringify({ eventName, eventId: `${eventName} ${sequence}`, ...members }),
    );
    const header = { kind: 'request', flags: Flag.event, channel: 0, messageId: 1n } as const;
    this.#ports.received(encodeFrame({ ...header, guid: ZERO_GUID, sequence, payload }));
  }

  manifest(sequence: number, resumed: boolean, reconnectionToken: string): void {
    const lists = { availableApis: APIS, shortcuts: [] };
    this.event('connect.capability-manifest', sequence, { ...lists, resumed, reconnectionToken });
  }

  answer({ channel, sequence, messageId }: Frame, code = 0, payload = ''): void {
    const header = { kind: 'response', flags: Flag.response } as const;
    const bytes = utf8(payload);
    this.#ports.received(
      encodeFrame({ ...header, channel, sequence, messageId, code, payload: bytes }),
    );
  }
}

class InspectorFixture {
  readonly sockets: FakeSocket[] = [];
  readonly inspector: Inspector;
  now = 0;
  tokens = 0;
  tokenError: Error | undefined;

  constructor() {
    const guidNames = new GuidNames({ hub: 'hub', everybody: 'everybody', thisClient: 'me' });
    this.inspector = new Inspector({
      connectUrl: 'ws://hub.test/connect',
      guidNames,
      openSocket: (address, ports) => {
        const socket = new FakeSocket(address, ports);
        this.sockets.push(socket);
        return socket;
      },
      fetchToken: async () => {
        if (this.tokenError !== undefined) throw this.tokenError;
        this.tokens += 1;
        return { text: `token-${this.tokens}`, expiresAt: this.now + 300_000 };
      },
      now: () => this.now,
      logged: () => undefined,
      changed: () => undefined,
    });
  }

  /** Opens a connection whose last event has sequence 5. */
  static async open(): Promise<InspectorFixture> {
    const fixture = new InspectorFixture();
    await fixture.inspector.connect();
    fixture.socket.manifest(1, false, 'back-1');
    fixture.socket.event('news', 5);
    return fixture;
  }

  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error('Cannot find socket: there was no connection');
    return socket;
  }

  call(flags = 0) {
    return this.inspector.call({ guid: ECHO, flags, channel: 0, payload: new Uint8Array() });
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the inspector', () => {
  it('connects with a token of the browser’s session, and is open with the manifest', async () => {
    const fixture = new InspectorFixture();
    await fixture.inspector.connect();
    expect(fixture.socket.address).toEqual({
      url: 'ws://hub.test/connect',
      subprotocols: ['sallyport.v1+problem', 'sallyport.v1', 'bearer.token-1'],
    });
    expect(fixture.inspector.state.name).toBe('connecting');
    fixture.socket.manifest(1, false, 'back-1');
    expect(fixture.inspector.state.name).toBe('open');
    expect(fixture.inspector.endpoint('echo', 'POST:/echo')?.serviceId).toBe(ECHO);
  });

  it('resumes with the reconnection token alone, and reports the replayed events', async () => {
    const fixture = await InspectorFixture.open();
    const { inspector } = fixture;
    inspector.drop();
    expect(fixture.socket.closedWith).toBe(4900);
    expect(inspector.state).toEqual({ name: 'closed', reason: 'dropped', code: 4900 });
    fixture.socket.event('ignored', 6);
    expect([inspector.position, inspector.canResume]).toEqual([5, true]);

    await inspector.resume();
    expect(fixture.socket.address).toEqual({
      url: 'ws://hub.test/connect?lastSequence=5',
      subprotocols: ['sallyport.v1+problem', 'sallyport.v1', 'reconnect.back-1'],
    });
    fixture.socket.manifest(5, true, 'back-2');
    fixture.socket.event('missed', 6);
    const [marker] = fixture.socket.sent;
    if (marker === undefined) throw new Error('Cannot go on: nothing was sent');
    fixture.socket.answer(marker);
    await settled();
    fixture.socket.event('live', 7);
    expect(inspector.replay).toMatchObject({ from: 5, sequences: [6], missing: [] });
    expect(inspector.hasLostStream).toBe(false);
  });

  it('resumes with a new access token, too, where the old one has expired', async () => {
    const fixture = await InspectorFixture.open();
    fixture.inspector.drop();
    fixture.now = 300_000;
    await fixture.inspector.resume();
    expect(fixture.socket.address.subprotocols).toEqual([
      'sallyport.v1+problem',
      'sallyport.v1',
      'bearer.token-2',
      'reconnect.back-1',
    ]);
  });

  it('reports that the hub began a new stream', async () => {
    const fixture = await InspectorFixture.open();
    fixture.socket.lost(1006);
    await fixture.inspector.resume();
    fixture.socket.manifest(1, false, 'back-2');
    expect([fixture.inspector.hasLostStream, fixture.inspector.position]).toEqual([true, 1]);
  });

  it('resumes with the token of the disconnect notification', async () => {
    const fixture = await InspectorFixture.open();
    fixture.socket.event('connect.disconnect-notification', 5, { reconnectionToken: 'back-9' });
    fixture.socket.lost(1012);
    expect(fixture.inspector.state).toEqual({ name: 'closed', reason: 'lost', code: 1012 });
    await fixture.inspector.resume();
    expect(fixture.socket.address.subprotocols).toContain('reconnect.back-9');
  });

  it('cannot resume after it disconnected', async () => {
    const fixture = await InspectorFixture.open();
    fixture.inspector.disconnect();
    expect([fixture.socket.closedWith, fixture.inspector.canResume]).toEqual([1000, false]);
  });

  it('tells a refused connection, an ended session and a failed token request apart', async () => {
    const fixture = new InspectorFixture();
    await fixture.inspector.connect();
    fixture.socket.lost(1006);
    expect(fixture.inspector.state).toMatchObject({ reason: 'refused', code: 1006 });
    fixture.tokenError = new SignedOutError('over');
    await fixture.inspector.connect();
    expect(fixture.inspector.state).toMatchObject({ reason: 'signed_out' });
    fixture.tokenError = new Error('offline');
    await fixture.inspector.connect();
    expect(fixture.inspector.state).toMatchObject({ reason: 'failed' });
  });

  it('matches each call with its answer', async () => {
    const fixture = await InspectorFixture.open();
    const [one, other, event] = [fixture.call(), fixture.call(), fixture.call(Flag.event)];
    const [first, second] = fixture.socket.sent;
    if (first === undefined || second === undefined)
      throw new Error('Cannot go on: nothing was sent');
    fixture.socket.answer(second, 51, 'other');
    fixture.socket.answer(first, 0, 'one');
    expect(await one.answer).toEqual({ code: 0, payload: utf8('one') });
    expect(await other.answer).toEqual({ code: 51, payload: utf8('other') });
    expect(await event.answer).toBe('not_expected');
  });

  it('cancels a call at the hub, and does not wait for its answer', async () => {
    const fixture = await InspectorFixture.open();
    const call = fixture.call();
    fixture.inspector.cancel(call.messageId);
    expect(await call.answer).toBe('cancelled');
    const sent = fixture.socket.sent.at(-1);
    expect(sent).toMatchObject({ guid: CANCEL, flags: Flag.event });
    expect(JSON.parse(fromUtf8(sent?.payload ?? utf8('')))).toEqual({
      messageId: String(call.messageId),
    });
  });

  it('settles its calls when the connection closes', async () => {
    const fixture = await InspectorFixture.open();
    const call = fixture.call();
    fixture.socket.lost(1006);
    expect(await call.answer).toBe('closed');
  });

  it.each([
    [0, 'token-2'],
    [52, 'token-1'],
  ])('reauthenticates: after code %i the token is %s', async (code, token) => {
    const fixture = await InspectorFixture.open();
    const done = fixture.inspector.reauthenticate();
    await settled();
    const [sent] = fixture.socket.sent;
    if (sent === undefined) throw new Error('Cannot go on: nothing was sent');
    expect(sent).toMatchObject({ guid: REAUTHENTICATE });
    expect(fromUtf8(sent.payload)).toBe('{"accessToken":"token-2"}');
    fixture.socket.answer(sent, code);
    await done;
    expect(fixture.inspector.token?.text).toBe(token);
  });
});
