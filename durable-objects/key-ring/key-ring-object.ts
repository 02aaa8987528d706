import { DurableObject } from 'cloudflare:workers';

import type { Clock } from '../../shared/clock.ts';
import type { SigningAlgorithm } from '../../shared/contracts/keys/keys-rpc.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { isMigrated, migrate } from '../../shared/sql/migrate.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import {
  algorithmOfRing,
  dueForRotation,
  type FreshKey,
  initialise,
  type KeyRingStore,
  nextEvent,
  type RingSnapshot,
  type RingUnknown,
  type Rotation,
  readRing,
  removeExpired,
  rotate,
  type StaleRotation,
  snapshotOf,
} from './key-ring.ts';
import { migrations } from './key-ring-schema.ts';
import {
  type KeyRingSettings,
  type KeyRingVariables,
  parseKeyRingSettings,
} from './key-ring-settings.ts';
import { SqliteKeyRingStore } from './key-ring-store.ts';
import { generateSigningKey } from './signing-key.ts';

/**
 * One key ring: the authority on which keys sign and which are published.
 *
 * Address it by one of `TOKEN_RINGS`. It initialises itself on first use; under any other
 * name it answers `ring_unknown` and stores nothing.
 */
export class KeyRingObject extends DurableObject<KeyRingVariables> {
  readonly #clock: Clock = () => Date.now();
  readonly #settings: KeyRingSettings;
  readonly #alg: SigningAlgorithm | undefined;
  #store: KeyRingStore | undefined;
  #starting: Promise<KeyRingStore> | undefined;

  constructor(ctx: DurableObjectState, env: KeyRingVariables) {
    super(ctx, env);
    this.#settings = parseKeyRingSettings(env);
    this.#alg = algorithmOfRing(ctx.id.name);
    if (isMigrated(ctx.storage)) this.#store = this.#openStore();
  }

  /** The published keys, and the wrapped key that currently signs. */
  async snapshot(): Promise<Result<RingSnapshot, RingUnknown>> {
    const store = await this.#ring();
    if (store === undefined) return err({ reason: 'ring_unknown' });
    await this.#repairAlarm(store);
    return ok(this.#read(store));
  }

  /** As {@link snapshot}, but does not initialise a ring that was never used. */
  async peek(): Promise<RingSnapshot | undefined> {
    const store = this.#store;
    return store !== undefined && readRing(store) !== undefined ? this.#read(store) : undefined;
  }

  /**
   * Rotates at once.
   *
   * @param expectedKid - The key to replace. By default it is the current key when the command
   *   arrives. If another rotation replaced that first, its outcome is returned.
   */
  async rotate(expectedKid?: string): Promise<Result<Rotation, RingUnknown | StaleRotation>> {
    const store = await this.#ring();
    if (store === undefined) return err({ reason: 'ring_unknown' });
    const seen = readRing(store)?.current.kid ?? '';
    const rotated = await this.#rotateFrom(store, expectedKid ?? seen, 'command');
    if (rotated.ok || expectedKid !== undefined) return rotated;

    const { currentKid, nextKid } = rotated.error;
    return ok({ previousKid: seen, currentKid, nextKid });
  }

  /**
   * Does what is due, if anything, because alarms run at least once, late, and sometimes twice at
   * once.
   */
  override async alarm(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    this.ctx.storage.transactionSync(() => removeExpired(store, this.#clock()));
    const due = dueForRotation(store, this.#clock(), this.#settings.rotationPeriod);
    if (due !== undefined) await this.#rotateFrom(store, due, 'alarm');
    await this.#arm(store);
  }

  /** The initialised ring, or `undefined` under a made-up name. */
  async #ring(): Promise<KeyRingStore | undefined> {
    if (this.#alg === undefined) return undefined;
    if (this.#store !== undefined && readRing(this.#store) !== undefined) return this.#store;
    // Concurrent first uses share one pair of keys, because making two RSA keys takes 0.1 s.
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<KeyRingStore> {
    const [current, next] = await Promise.all([this.#freshKey(), this.#freshKey()]);
    // There is no `await` from here to the alarm, so that keys and alarm are stored together.
    const store = this.#openStore();
    const now = this.#clock();
    this.ctx.storage.transactionSync(() => initialise(store, { current, next, now }));
    this.#store = store;
    await this.#arm(store);
    return store;
  }

  async #rotateFrom(
    store: KeyRingStore,
    expectedKid: string,
    cause: 'alarm' | 'command',
  ): Promise<Result<Rotation, StaleRotation>> {
    const fresh = await this.#freshKey();
    const { retention } = this.#settings;
    const now = this.#clock();
    const rotated = this.ctx.storage.transactionSync(() =>
      rotate(store, { expectedKid, fresh, now, retention }),
    );
    await this.#arm(store);
    const { alg } = fresh;
    if (rotated.ok) {
      consoleLog({ event: 'key.rotated', level: 'info', cause, alg, ...rotated.value });
    }
    return rotated;
  }

  async #freshKey(): Promise<FreshKey> {
    const alg = this.#alg;
    if (alg === undefined) throw new TypeError('Cannot generate key: the ring has no algorithm');
    return generateSigningKey(this.#settings.keyEncryptionKey, alg);
  }

  #read(store: KeyRingStore): RingSnapshot {
    return snapshotOf(store, this.#clock(), this.#settings.rotationPeriod);
  }

  /**
   * Sets the alarm. Call it in the same turn as the write, so that both are stored or neither is.
   */
  async #arm(store: KeyRingStore): Promise<void> {
    const at = nextEvent(store, this.#settings.rotationPeriod);
    if (at !== undefined) await this.ctx.storage.setAlarm(at);
  }

  /**
   * Sets the alarm again if the runtime gave it up after its retries, or ROTATION_DAYS has changed.
   */
  async #repairAlarm(store: KeyRingStore): Promise<void> {
    const armed = await this.ctx.storage.getAlarm();
    if (armed !== nextEvent(store, this.#settings.rotationPeriod)) await this.#arm(store);
  }

  #openStore(): KeyRingStore {
    migrate(this.ctx.storage, migrations);
    return new SqliteKeyRingStore(this.ctx.storage);
  }
}
