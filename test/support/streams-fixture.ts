/** Streams over the storage of a real object, clients whose network fails, and what they must see. */
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
/** Few, so that the log is cut often. */
const LOG_LIMIT = 6;

function mustBe(actual: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Error(`Cannot agree with the model: ${a} is not ${b}`);
}

type Told = { readonly sequence: number; readonly eventId: string };

/** The hub's end of a connection. What it sends is on its way until the client reads it. */
class Link {
  readonly state: { readonly connectionId: string; readonly behind: null };
  readonly underWay: Told[] = [];

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

/** What SPEC.md says of one session: a list of all that it was told. */
class Client {
  /** As the hub knows it. */
  principal: SessionPrincipal;
  /** Of the newest access token. */
  coming: SessionPrincipal;
  link: Link | undefined;
  /** What the hub takes for its link. */
  believed: Link | undefined;
  lostAt = Infinity;
  /** Everything that the stream counted, from sequence 2. */
  told: Published[] = [];
  known = 1;
  exists = false;

  constructor(principal: SessionPrincipal) {
    this.principal = principal;
    this.coming = principal;
  }

  isMeant(target: EventTarget): boolean {
    if (target === 'all') return true;
    if ('session' in target) return target.session === this.principal.sessionId;
    if ('user' in target) return target.user === this.principal.subject;
    return this.principal.roles.includes(target.role);
  }

  /** The client takes what is under way, `count` frames of it at most. */
  read(count = Infinity): void {
    for (const { sequence, eventId } of this.link?.underWay.splice(0, count) ?? []) {
      if (eventId.startsWith('passing')) {
        mustBe(sequence, this.known);
        continue;
      }
      mustBe(sequence, this.known + 1);
      mustBe(eventId, this.told[sequence - 2]?.eventId);
      this.known = sequence;
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
  /** Every event id that was ever kept. */
  readonly #published: string[] = [];

  constructor(storage: DurableObjectStorage, principals: readonly SessionPrincipal[]) {
    this.#storage = storage;
    storage.sql.exec('DELETE FROM streams; DELETE FROM log');
    this.clients = principals.map((principal) => new Client(principal));
    this.#parts = this.#wire();
  }

  publish(target: EventTarget, ephemeral: boolean, repeated: number | undefined): void {
    const before = repeated === undefined ? undefined : this.#published.at(-1 - repeated);
    const eventId = before ?? `${ephemeral ? 'passing' : 'kept'}-${(this.#count += 1)}`;
    const event = {
      eventId,
      eventName: 'test.event',
      timestamp: '2026-11-25T00:00:00Z',
      target,
      payload: {},
      ephemeral: ephemeral && before === undefined,
    };
    const meant = this.#log.some((one) => one.eventId === eventId)
      ? []
      : this.clients.filter((client) => client.exists && client.isMeant(target));
    const delivered = meant.filter(({ believed }) => believed !== undefined).length;
    const kept = event.ephemeral ? 0 : meant.length - delivered;
    mustBe(this.#parts.publisher.publish([event]), { delivered, kept });
    if (event.ephemeral || meant.length === 0) return;
    const entry = { eventId, at: this.#now };
    this.#log.push(entry);
    this.#published.push(eventId);
    if (this.#log.length > LOG_LIMIT) this.#log = this.#log.slice(-LOG_LIMIT / 2);
    for (const client of meant) client.told.push(entry);
  }

  /** The network fails after the client has read `read` more frames. */
  break(client: Client, read: number, noticed: boolean): void {
    client.read(read);
    const { link, principal } = client;
    client.link = undefined;
    if (link === undefined || !noticed) return;
    const { connectionId } = link.state;
    const until = this.#parts.streams.lose({ sessionId: principal.sessionId, connectionId });
    mustBe(until, this.#now + WINDOW);
    this.#lose(client);
  }

  /** The client connects, and goes on after what it knows if it can. */
  connect(client: Client): void {
    const { streams } = this.#parts;
    const link = new Link(`c${(this.#count += 1)}`);
    client.principal = client.coming;
    const attendance = {
      principal: client.principal,
      epoch: this.#count,
      saltId: 'salt',
      peerGuid: 'peer',
      tokenHash: 'hash',
      connection: link,
    };
    const standing = streams.findLive(client.principal.sessionId);
    mustBe(standing?.position, client.exists ? client.told.length + 1 : undefined);
    client.link = link;
    client.believed = link;
    client.lostAt = Infinity;
    if (standing === undefined) {
      streams.begin(attendance);
      Object.assign(client, { exists: true, told: [], known: 1 });
      return;
    }
    const replay = streams.resume(attendance, client.known);
    mustBe(replay.from, client.known);
    if (replay.gap !== undefined) this.#checkGap(client, replay.gap);
    streams.sendReplay(link, replay);
  }

  /** @param told Whether the hub hears of it before the client comes back. */
  setRoles(client: Client, roles: readonly string[], told: boolean): void {
    client.coming = { ...client.principal, roles };
    if (!told) return;
    client.principal = client.coming;
    this.#parts.streams.changePrincipal(client.principal);
  }

  wait(time: number): void {
    this.#now += time;
  }

  sweep(): void {
    const { streams } = this.#parts;
    const overdue = this.clients.filter(({ lostAt }) => lostAt + WINDOW <= this.#now);
    const ended = streams.endOverdue(this.#now).map(({ principal }) => principal.sessionId);
    mustBe(ended.toSorted(), overdue.map(({ principal }) => principal.sessionId).toSorted());
    for (const client of overdue) Object.assign(client, { exists: false, lostAt: Infinity });
    streams.prune(this.#now);
    this.#log = this.#log.filter(({ at }) => at > this.#now - WINDOW);
  }

  /** The object goes and comes back; the sockets stay. */
  hibernate(): void {
    this.#parts = this.#wire();
  }

  /** The process dies: no socket is left, and nobody was told. */
  kill(read: number): void {
    for (const client of this.clients) this.break(client, read, false);
    for (const client of this.clients) if (client.believed !== undefined) this.#lose(client);
    this.#parts = this.#wire();
    this.#parts.streams.positionOf('');
  }

  /** Everybody comes back and reads: now each client knows what it was told, all of it. */
  settle(): void {
    for (const client of this.clients) {
      if (client.link === undefined) this.connect(client);
      client.read();
      mustBe(client.known, client.told.length + 1);
    }
    const rows = this.#storage.sql.exec('SELECT event_id FROM log ORDER BY id').toArray();
    mustBe(
      rows.map((row) => row['event_id']),
      this.#log.map(({ eventId }) => eventId),
    );
  }

  #wire(): Parts {
    const links = this.clients.flatMap(({ believed }) => believed ?? []);
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
    client.believed = undefined;
    client.lostAt = Math.min(client.lostAt, this.#now);
  }

  /** What is named lost is lost, and nothing that is lost goes unnamed. */
  #checkGap(client: Client, gap: { fromSequence: number; toSequence: number }): void {
    mustBe(gap.fromSequence, client.known + 1);
    for (const event of client.told.slice(gap.fromSequence - 2, gap.toSequence - 1)) {
      mustBe(this.#log.includes(event), false);
    }
    client.known = gap.toSequence;
  }
}
