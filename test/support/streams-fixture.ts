/** Streams over the storage of a real object, clients whose network fails, and a model of what they receive. */
import { uncompressed } from '../../durable-objects/hub/frames/compression.ts';
import { LogStore } from '../../durable-objects/hub/streams/log-store.ts';
import { Publisher } from '../../durable-objects/hub/streams/publisher.ts';
import { StreamStore } from '../../durable-objects/hub/streams/stream-store.ts';
import { streamTable } from '../../durable-objects/hub/streams/stream-table.ts';
import { Streams } from '../../durable-objects/hub/streams/streams.ts';
import { fromUtf8 } from '../../shared/bytes.ts';
import { seconds } from '../../shared/clock.ts';
import type { EventTarget } from '../../shared/contracts/connect/client-event.ts';
import type { SessionPrincipal } from '../../shared/contracts/edge/principal.ts';
import { decodeFrame } from '../../shared/hub-protocol/decode-frame.ts';

type Parts = { readonly streams: Streams; readonly publisher: Publisher };

const WINDOW = seconds(300);
/** A small limit, so that the log is pruned often. */
const LOG_LIMIT = 6;

function assertEqual(actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`Cannot agree with the model: ${a} is not ${b}`);
}

type SentEvent = { readonly sequence: number; readonly eventId: string };

/** The hub's end of a connection. Sent events are under way until the client reads them. */
class Link {
  readonly state: { readonly connectionId: string; readonly behind: null };
  readonly underWay: SentEvent[] = [];

  constructor(connectionId: string) {
    this.state = { connectionId, behind: null };
  }

  admit(): boolean {
    return true;
  }

  hold(): void {}

  sendReady(bytes: Uint8Array): void {
    const frame = decodeFrame(bytes.slice());
    if (!frame.ok) throw new Error('Cannot read a frame of the hub');
    const { eventId } = JSON.parse(fromUtf8(frame.value.payload)) as { eventId: string };
    this.underWay.push({ sequence: frame.value.sequence, eventId });
  }
}

type Published = { readonly eventId: string; readonly at: number };

/** One session by the rules of SPEC.md: the list of its events. */
class Client {
  /** The principal of the session's stream. */
  principal: SessionPrincipal;
  /** The principal of the newest access token. */
  tokenPrincipal: SessionPrincipal;
  link: Link | undefined;
  /** The link that the hub takes for open. */
  hubLink: Link | undefined;
  lostAt = Infinity;
  /** The events of the stream, from sequence 2. */
  events: Published[] = [];
  /** The last sequence that the client read. */
  lastSequence = 1;
  exists = false;

  constructor(principal: SessionPrincipal) {
    this.principal = principal;
    this.tokenPrincipal = principal;
  }

  receives(target: EventTarget): boolean {
    if (target === 'all') return true;
    if ('session' in target) return target.session === this.principal.sessionId;
    if ('user' in target) return target.user === this.principal.subject;
    return this.principal.roles.includes(target.role);
  }

  /** The client reads the events under way, `count` of them at most. */
  read(count = Infinity): void {
    for (const { sequence, eventId } of this.link?.underWay.splice(0, count) ?? []) {
      if (eventId.startsWith('ephemeral')) {
        assertEqual(sequence, this.lastSequence);
        continue;
      }
      assertEqual(sequence, this.lastSequence + 1);
      assertEqual(eventId, this.events[sequence - 2]?.eventId);
      this.lastSequence = sequence;
    }
  }
}

export class StreamsFixture {
  readonly clients: readonly Client[];
  readonly #storage: DurableObjectStorage;
  #parts: Parts;
  #now = 1_000_000_000;
  #count = 0;
  #log: Published[] = [];
  /** The ids of all logged events. */
  readonly #published: string[] = [];

  constructor(storage: DurableObjectStorage, principals: readonly SessionPrincipal[]) {
    this.#storage = storage;
    storage.sql.exec('DELETE FROM streams; DELETE FROM log');
    this.clients = principals.map((principal) => new Client(principal));
    this.#parts = this.#wire();
  }

  publish(target: EventTarget, ephemeral: boolean, repeated: number | undefined): void {
    const before = repeated === undefined ? undefined : this.#published.at(-1 - repeated);
    const eventId = before ?? `${ephemeral ? 'ephemeral' : 'logged'}-${(this.#count += 1)}`;
    const event = {
      eventId,
      eventName: 'test.event',
      timestamp: '2026-11-25T00:00:00Z',
      target,
      payload: {},
      ephemeral: ephemeral && before === undefined,
    };
    const receivers = this.#log.some((one) => one.eventId === eventId)
      ? []
      : this.clients.filter((client) => client.exists && client.receives(target));
    const delivered = receivers.filter(({ hubLink }) => hubLink !== undefined).length;
    const waiting = event.ephemeral ? 0 : receivers.length - delivered;
    assertEqual(this.#parts.publisher.publish([event]), { delivered, kept: waiting });
    if (event.ephemeral || receivers.length === 0) return;
    const entry = { eventId, at: this.#now };
    this.#log.push(entry);
    this.#published.push(eventId);
    if (this.#log.length > LOG_LIMIT) this.#log = this.#log.slice(-LOG_LIMIT / 2);
    for (const client of receivers) client.events.push(entry);
  }

  /** The network fails after the client has read `read` more events. */
  break(client: Client, read: number, noticed: boolean): void {
    client.read(read);
    const { link, principal } = client;
    client.link = undefined;
    if (link === undefined || !noticed) return;
    const { connectionId } = link.state;
    const until = this.#parts.streams.lose({ sessionId: principal.sessionId, connectionId });
    assertEqual(until, this.#now + WINDOW);
    this.#lose(client);
  }

  /** The client connects, and resumes its stream if it has one. */
  connect(client: Client): void {
    const { streams } = this.#parts;
    const link = new Link(`c${(this.#count += 1)}`);
    client.principal = client.tokenPrincipal;
    const members = {
      principal: client.principal,
      epoch: this.#count,
      saltId: 'salt',
      peerGuid: 'peer',
      tokenHash: 'hash',
      connection: link,
    };
    const live = streams.findLive(client.principal.sessionId);
    assertEqual(live?.position, client.exists ? client.events.length + 1 : undefined);
    client.link = link;
    client.hubLink = link;
    client.lostAt = Infinity;
    if (live === undefined) {
      streams.begin(members);
      Object.assign(client, { exists: true, events: [], lastSequence: 1 });
      return;
    }
    const replay = streams.resume(members, client.lastSequence);
    assertEqual(replay.from, client.lastSequence);
    if (replay.gap !== undefined) this.#checkGap(client, replay.gap);
    streams.sendReplay(link, replay);
  }

  /** @param applied Whether the hub applies the change before the client comes back. */
  setRoles(client: Client, roles: readonly string[], applied: boolean): void {
    client.tokenPrincipal = { ...client.principal, roles };
    if (!applied) return;
    client.principal = client.tokenPrincipal;
    this.#parts.streams.changePrincipal(client.principal);
  }

  wait(time: number): void {
    this.#now += time;
  }

  sweep(): void {
    const { streams } = this.#parts;
    const overdue = this.clients.filter(({ lostAt }) => lostAt + WINDOW <= this.#now);
    const ended = streams.endOverdue(this.#now).map(({ principal }) => principal.sessionId);
    assertEqual(ended.toSorted(), overdue.map(({ principal }) => principal.sessionId).toSorted());
    for (const client of overdue) Object.assign(client, { exists: false, lostAt: Infinity });
    streams.prune(this.#now);
    this.#log = this.#log.filter(({ at }) => at > this.#now - WINDOW);
  }

  /** The object leaves memory and wakes again. The sockets stay. */
  hibernate(): void {
    this.#parts = this.#wire();
  }

  /** The process dies with all sockets, and no loss was noticed. */
  kill(read: number): void {
    for (const client of this.clients) this.break(client, read, false);
    for (const client of this.clients) if (client.hubLink !== undefined) this.#lose(client);
    this.#parts = this.#wire();
    this.#parts.streams.positionOf('');
  }

  /** All clients come back and read. Then each has received all its events. */
  settle(): void {
    for (const client of this.clients) {
      if (client.link === undefined) this.connect(client);
      client.read();
      assertEqual(client.lastSequence, client.events.length + 1);
    }
    const rows = this.#storage.sql.exec('SELECT event_id FROM log ORDER BY id').toArray();
    assertEqual(
      rows.map((row) => row['event_id']),
      this.#log.map(({ eventId }) => eventId),
    );
  }

  #wire(): Parts {
    const links = this.clients.flatMap(({ hubLink }) => hubLink ?? []);
    const { sql } = this.#storage;
    const stores = { streams: new StreamStore(sql), log: new LogStore(sql) };
    const clock = () => this.#now;
    const transact = (write: () => void) => this.#storage.transactionSync(write);
    const table = streamTable({ stores, connections: () => links, onOrphans: () => {}, clock });
    const logLimit = { events: LOG_LIMIT, bytes: Infinity };
    return {
      streams: new Streams({ table, stores, transact, window: WINDOW, clock }),
      publisher: new Publisher({
        table,
        stores,
        transact,
        logLimit,
        compress: uncompressed,
        clock,
      }),
    };
  }

  #lose(client: Client): void {
    client.hubLink = undefined;
    client.lostAt = Math.min(client.lostAt, this.#now);
  }

  /** A gap names exactly the missed events that the log no longer has. */
  #checkGap(client: Client, gap: { fromSequence: number; toSequence: number }): void {
    assertEqual(gap.fromSequence, client.lastSequence + 1);
    for (const event of client.events.slice(gap.fromSequence - 2, gap.toSequence - 1)) {
      assertEqual(this.#log.includes(event), false);
    }
    client.lastSequence = gap.toSequence;
  }
}
