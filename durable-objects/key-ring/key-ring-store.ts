import { and, asc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/durable-sqlite';

import type { Millis } from '../../shared/clock.ts';
import type { KeyRingStore, NextKey, RingKey } from './key-ring.ts';
import { keys } from './key-ring-schema.ts';

/** {@link KeyRingStore} over the object's own SQLite database. */
export class SqliteKeyRingStore implements KeyRingStore {
  readonly #db;

  constructor(storage: DurableObjectStorage) {
    this.#db = drizzle(storage);
  }

  keys(): readonly RingKey[] {
    return this.#db.select().from(keys).orderBy(asc(keys.version)).all().map(toRingKey);
  }

  add({ wrapped, ...key }: NextKey): void {
    this.#db
      .insert(keys)
      .values({ ...key, wrappedKey: wrapped })
      .run();
  }

  activate(kid: string, activatedAt: Millis): void {
    this.#db
      .update(keys)
      .set({ state: 'current', activatedAt })
      .where(and(eq(keys.kid, kid), eq(keys.state, 'next')))
      .run();
  }

  retire(kid: string, expiresAt: Millis): void {
    this.#db
      .update(keys)
      .set({ state: 'previous', expiresAt, wrappedKey: null })
      .where(and(eq(keys.kid, kid), eq(keys.state, 'current')))
      .run();
  }

  remove(kid: string): void {
    this.#db.delete(keys).where(eq(keys.kid, kid)).run();
  }
}

function toRingKey({
  wrappedKey,
  activatedAt,
  expiresAt,
  ...row
}: typeof keys.$inferSelect): RingKey {
  const { kid, version, alg, publicJwk, createdAt, state } = row;
  const placed = { kid, version, alg, publicJwk, createdAt };
  if (state === 'next' && wrappedKey !== null) {
    return { ...placed, state, wrapped: new Uint8Array(wrappedKey) };
  }
  if (state === 'current' && wrappedKey !== null && activatedAt !== null) {
    return { ...placed, state, wrapped: new Uint8Array(wrappedKey), activatedAt };
  }
  if (state === 'previous' && activatedAt !== null && expiresAt !== null) {
    return { ...placed, state, activatedAt, expiresAt };
  }
  throw new TypeError(`Cannot read key "${kid}": a ${state} key lacks one of its columns`);
}
