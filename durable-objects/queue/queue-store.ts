import * as z from 'zod';
import type { Millis } from '../../shared/clock.ts';
import type { Entry, Overrides, QueueStore } from './queue.ts';

type Row = {
  session_id: string;
  state: Entry['as'];
  until: number;
  place: number;
  position: number;
  joined_at: number;
  grant_id: string;
  /** JSON. */
  holders: string;
  user_id: string;
};

const Holders = z.array(z.strictObject({ id: z.string(), until: z.number() }));

const NO_OVERRIDES: Overrides = { capacity: null, paused: false, releasedTo: 0 };

/**
 * {@link QueueStore} over the object's own SQLite database.
 *
 * The places and the number of seats are in memory too, because counting the rows at every call
 * would take longer than the call itself. Both are read from the rows when the store is made. After
 * a transaction was rolled back they are wrong: make another store.
 */
export class SqliteQueueStore implements QueueStore {
  readonly #sql: Pick<SqlStorage, 'exec'>;
  readonly #places: Places;
  #held: number;
  #overrides: Overrides;

  constructor(sql: Pick<SqlStorage, 'exec'>) {
    this.#sql = sql;
    const places = sql
      .exec<{ place: number }>("SELECT place FROM entries WHERE state = 'waiting' ORDER BY place")
      .toArray();
    this.#places = new Places(places.map(({ place }) => place));
    this.#held = sql
      .exec<{ held: number }>("SELECT count(*) AS held FROM entries WHERE state <> 'waiting'")
      .one().held;
    this.#overrides = readOverrides(sql);
  }

  find(sessionId: string): Entry | undefined {
    const [row] = this.#sql
      .exec<Row>('SELECT * FROM entries WHERE session_id = ?', sessionId)
      .toArray();
    return row && toEntry(row);
  }

  save(entry: Entry): void {
    const before = this.find(entry.sessionId);
    const { session_id, state, until, place, position, joined_at, grant_id, holders, user_id } =
      toRow(entry);
    this.#sql.exec(
      'INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      session_id,
      state,
      until,
      place,
      position,
      joined_at,
      grant_id,
      holders,
      user_id,
    );
    const keepsPlace = before?.as === 'waiting' && entry.as === 'waiting';
    if (keepsPlace && before.place === entry.place) return;
    if (before !== undefined) this.#discount(before);
    if (entry.as === 'waiting') this.#places.add(entry.place);
    else this.#held += 1;
  }

  remove(sessionId: string): void {
    const entry = this.find(sessionId);
    if (entry === undefined) return;
    this.#sql.exec('DELETE FROM entries WHERE session_id = ?', sessionId);
    this.#discount(entry);
  }

  removeExpired(at: Millis, limit: number): void {
    const expired = this.#sql
      .exec<Row>('SELECT * FROM entries WHERE until <= ? ORDER BY until LIMIT ?', at, limit)
      .toArray();
    for (const { session_id } of expired) this.remove(session_id);
  }

  nextExpiry(): Millis | undefined {
    const { at } = this.#sql
      .exec<{ at: Millis | null }>('SELECT min(until) AS at FROM entries')
      .one();
    return at ?? undefined;
  }

  countOf(userId: string, now: Millis): number {
    return this.#sql
      .exec<{ n: number }>(
        'SELECT count(*) AS n FROM entries WHERE user_id = ? AND until > ?',
        userId,
        now,
      )
      .one().n;
  }

  waiting(): number {
    return this.#places.length;
  }

  held(): number {
    return this.#held;
  }

  ahead(place: number): number {
    return this.#places.ahead(place);
  }

  placeAt(ahead: number): number | undefined {
    return this.#places.at(ahead);
  }

  lastPlace(): number {
    return this.#places.last;
  }

  overrides(): Overrides {
    return this.#overrides;
  }

  saveOverrides(overrides: Overrides): void {
    const { capacity, paused, releasedTo } = overrides;
    this.#sql.exec(
      'INSERT OR REPLACE INTO decrees VALUES (1, ?, ?, ?)',
      capacity,
      paused ? 1 : 0,
      releasedTo,
    );
    this.#overrides = overrides;
  }

  #discount(entry: Entry): void {
    if (entry.as === 'waiting') this.#places.remove(entry.place);
    else this.#held -= 1;
  }
}

function readOverrides(sql: Pick<SqlStorage, 'exec'>): Overrides {
  const [row] = sql
    .exec<{ capacity: number | null; paused: number; released_to: number }>(
      'SELECT capacity, paused, released_to FROM decrees',
    )
    .toArray();
  if (row === undefined) return NO_OVERRIDES;
  return { capacity: row.capacity, paused: row.paused === 1, releasedTo: row.released_to };
}

const NOTHING = { place: 0, position: 0, joined_at: 0, grant_id: '', holders: '[]' };

function toRow(entry: Entry): Row {
  const { sessionId: session_id, userId: user_id, as: state, until } = entry;
  const row = { ...NOTHING, session_id, user_id, state, until };
  if (entry.as === 'seated') return { ...row, holders: JSON.stringify(entry.holders) };
  if (entry.as === 'granted') return { ...row, place: entry.place, grant_id: entry.grantId };
  return { ...row, place: entry.place, position: entry.position, joined_at: entry.joinedAt };
}

function toEntry(row: Row): Entry {
  const { session_id: sessionId, user_id: userId, until, place } = row;
  if (row.state === 'seated') {
    return {
      as: 'seated',
      sessionId,
      userId,
      holders: Holders.parse(JSON.parse(row.holders)),
      until,
    };
  }
  if (row.state === 'granted') {
    return { as: 'granted', sessionId, userId, place, grantId: row.grant_id, until };
  }
  const { position, joined_at: joinedAt } = row;
  return { as: 'waiting', sessionId, userId, place, joinedAt, position, until };
}

/** The places of those who wait, in order. No operation walks through all of them. */
class Places {
  readonly #places: number[];

  /** @param places Ascending. */
  constructor(places: readonly number[] = []) {
    this.#places = [...places];
  }

  get length(): number {
    return this.#places.length;
  }

  /** The last place. 0 if nobody waits. */
  get last(): number {
    return this.#places.at(-1) ?? 0;
  }

  at(index: number): number | undefined {
    return this.#places[index];
  }

  /** @param place Must be larger than every other place. */
  add(place: number): void {
    this.#places.push(place);
  }

  remove(place: number): void {
    const index = this.ahead(place);
    if (this.#places[index] === place) this.#places.splice(index, 1);
  }

  /** How many places are before this one. */
  ahead(place: number): number {
    let [low, high] = [0, this.#places.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#places[middle] ?? Infinity) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
