import { describe, expect, it } from 'vitest';

import type { Address } from '../../../client/src/hub/frame-socket.ts';
import { fromUtf8, utf8 } from '../../../shared/bytes.ts';
import { decodeFrame } from '../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../shared/hub-protocol/encode-frame.ts';
import { Flag, type Frame } from '../../../shared/hub-protocol/frame.ts';
import { ZERO_GUID } from '../../../shared/hub-protocol/guid.ts';
import { Directory } from '../../../web/inspector/directory.ts';
import type { SocketPorts } from '../../../web/inspector/hub-socket.ts';
import { Inspector } from '../../../web/inspector/inspector.ts';
import { SignedOutError } from '../../../web/inspector/token-source.ts';

const ECHO = '0ec5068d-64d2-4853-9976-ebc66d694536';
const CANCEL = '1ec5068d-64d2-4853-9976-ebc66d694536';
const REAUTHENTICATE = '2ec5068d-64d2-4853-9976-ebc66d694536';
const APIS = [
  { service: 'echo', endpoint: 'POST:/echo', serviceId: ECHO },
  { service: 'connect', endpoint: 'POST:/connect/cancel', serviceId: CANCEL },
  { service: 'connect', endpoint: 'POST:/connect/reauthenticate', serviceId: REAUTHENTICATE },
];

/** One connection as the hub sees it. */
class Line {
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

class World {
  readonly lines: Line[] = [];
  readonly inspector: Inspector;
  now = 0;
  tokens = 0;
  refuses: Error | undefined;

  constructor() {
    const directory = new Directory({ hub: 'hub', everybody: 'everybody', thisClient: 'me' });
    this.inspector = new Inspector({
      connectUrl: 'ws://hub.test/connect',
      directory,
      openSocket: (address, ports) => {
        const line = new Line(address, ports);
        this.lines.push(line);
        return line;
      },
      fetchToken: async () => {
        if (this.refuses !== undefined) throw this.refuses;
        this.tokens += 1;
        return { text: `token-${this.tokens}`, expiresAt: this.now + 300_000 };
      },
      now: () => this.now,
      logged: () => undefined,
      changed: () => undefined,
    });
  }

  /** A client with a stream, which has come to event 5. */
  static async open(): Promise<World> {
    const world = new World();
    await world.inspector.connect();
    world.line.manifest(1, false, 'back-1');
    world.line.event('news', 5);
    return world;
  }

  get line(): Line {
    const line = this.lines.at(-1);
    if (line === undefined) throw new Error('There was no connection');
    return line;
  }

  call(flags = 0) {
    return this.inspector.call({ guid: ECHO, flags, channel: 0, payload: new Uint8Array() });
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('the inspector', () => {
  it('connects with a token of the browser’s session, and is open with the manifest', async () => {
    const world = new World();
    await world.inspector.connect();
    expect(world.line.address).toEqual({
      url: 'ws://hub.test/connect',
      subprotocols: ['sallyport.v1+problem', 'sallyport.v1', 'bearer.token-1'],
    });
    expect(world.inspector.state.name).toBe('connecting');
    world.line.manifest(1, false, 'back-1');
    expect(world.inspector.state.name).toBe('open');
    expect(world.inspector.endpoint('echo', 'POST:/echo')?.serviceId).toBe(ECHO);
  });

  it('resumes with the reconnection token alone, and knows what came by it', async () => {
    const world = await World.open();
    const { inspector } = world;
    inspector.drop();
    expect(world.line.closedWith).toBe(4900);
    expect(inspector.state).toEqual({ name: 'over', ending: 'dropped', code: 4900 });
    world.line.event('not heard any more', 6);
    expect([inspector.position, inspector.canResume]).toEqual([5, true]);

    await inspector.resume();
    expect(world.line.address).toEqual({
      url: 'ws://hub.test/connect?lastSequence=5',
      subprotocols: ['sallyport.v1+problem', 'sallyport.v1', 'reconnect.back-1'],
    });
    world.line.manifest(5, true, 'back-2');
    world.line.event('missed', 6);
    const [marker] = world.line.sent;
    if (marker === undefined) throw new Error('Nothing was asked');
    world.line.answer(marker);
    await settled();
    world.line.event('live', 7);
    expect(inspector.replay).toMatchObject({ from: 5, sequences: [6], missing: [] });
    expect(inspector.hasBegunAnew).toBe(false);
  });

  it('shows a new access token, too, where the old one has expired', async () => {
    const world = await World.open();
    world.inspector.drop();
    world.now = 300_000;
    await world.inspector.resume();
    expect(world.line.address.subprotocols).toEqual([
      'sallyport.v1+problem',
      'sallyport.v1',
      'bearer.token-2',
      'reconnect.back-1',
    ]);
  });

  it('says where the hub began anew', async () => {
    const world = await World.open();
    world.line.lost(1006);
    await world.inspector.resume();
    world.line.manifest(1, false, 'back-2');
    expect([world.inspector.hasBegunAnew, world.inspector.position]).toEqual([true, 1]);
  });

  it('takes the token with which the hub sends it away', async () => {
    const world = await World.open();
    world.line.event('connect.disconnect-notification', 5, { reconnectionToken: 'back-9' });
    world.line.lost(1012);
    expect(world.inspector.state).toEqual({ name: 'over', ending: 'lost', code: 1012 });
    await world.inspector.resume();
    expect(world.line.address.subprotocols).toContain('reconnect.back-9');
  });

  it('has nothing to resume after it said goodbye', async () => {
    const world = await World.open();
    world.inspector.disconnect();
    expect([world.line.closedWith, world.inspector.canResume]).toEqual([1000, false]);
  });

  it('says what was refused, and what could not be tried', async () => {
    const world = new World();
    await world.inspector.connect();
    world.line.lost(1006);
    expect(world.inspector.state).toMatchObject({ ending: 'refused', code: 1006 });
    world.refuses = new SignedOutError('over');
    await world.inspector.connect();
    expect(world.inspector.state).toMatchObject({ ending: 'signed_out' });
    world.refuses = new Error('offline');
    await world.inspector.connect();
    expect(world.inspector.state).toMatchObject({ ending: 'failed' });
  });

  it('gives each call its answer', async () => {
    const world = await World.open();
    const [one, other, event] = [world.call(), world.call(), world.call(Flag.event)];
    const [first, second] = world.line.sent;
    if (first === undefined || second === undefined) throw new Error('Nothing was sent');
    world.line.answer(second, 51, 'other');
    world.line.answer(first, 0, 'one');
    expect(await one.answer).toEqual({ code: 0, payload: utf8('one') });
    expect(await other.answer).toEqual({ code: 51, payload: utf8('other') });
    expect(await event.answer).toBe('not_expected');
  });

  it('cancels a call with an event that names it, and waits no more', async () => {
    const world = await World.open();
    const call = world.call();
    world.inspector.cancel(call.messageId);
    expect(await call.answer).toBe('cancelled');
    const sent = world.line.sent.at(-1);
    expect(sent).toMatchObject({ guid: CANCEL, flags: Flag.event });
    expect(JSON.parse(fromUtf8(sent?.payload ?? utf8('')))).toEqual({
      messageId: String(call.messageId),
    });
  });

  it('waits for no answer of a connection that is over', async () => {
    const world = await World.open();
    const call = world.call();
    world.line.lost(1006);
    expect(await call.answer).toBe('gone');
  });

  it.each([
    [0, 'token-2'],
    [52, 'token-1'],
  ])('goes on under a new token where the hub takes it (%i)', async (code, token) => {
    const world = await World.open();
    const done = world.inspector.reauthenticate();
    await settled();
    const [sent] = world.line.sent;
    if (sent === undefined) throw new Error('Nothing was sent');
    expect(sent).toMatchObject({ guid: REAUTHENTICATE });
    expect(fromUtf8(sent.payload)).toBe('{"accessToken":"token-2"}');
    world.line.answer(sent, code);
    await done;
    expect(world.inspector.token?.text).toBe(token);
  });
});
