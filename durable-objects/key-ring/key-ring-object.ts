import { DurableObject } from 'cloudflare:workers';

import type { Clock } from '../../shared/clock.ts';
import { err, ok, type Result } from '../../shared/result.ts';
import { isMigrated, migrate } from '../../shared/sql/migrate.ts';
import { consoleLog } from '../../shared/telemetry/log.ts';
import {
  dueForRotation,
  initialise,
  type KeyRingStore,
  nextEvent,
  type Rotation,
  readRing,
  removeExpired,
  rotate,
  type StaleRotation,
  TOKEN_RING,
} from './key-ring.ts';
import { migrations } from './key-ring-schema.ts';
import {
  type KeyRingSettings,
  type KeyRingVariables,
  parseKeyRingSettings,
} from './key-ring-settings.ts';
import { SqliteKeyRingStore } from './key-ring-store.ts';
import { type RingSnapshot, type RingUnknown, snapshotOf } from './ring-snapshot.ts';
import { generateSigningKey } from './signing-key.ts';

/**
 * One key ring: the authority on which keys sign and which are published.
 *
 * Address it by {@link TOKEN_RING}. It initialises itself on first use; under any other name it
 * answers `ring_unknown` and stores nothing.
 */
export class KeyRingObject extends DurableObject<KeyRingVariables> {
  readonly #clock: Clock = () => Date.now();
  readonly #settings: KeyRingSettings;
  #store: KeyRingStore | undefined;

  constructor(ctx: DurableObjectState, env: KeyRingVariables) {
    super(ctx, env);
    this.#settings = parseKeyRingSettings(env);
    if (isMigrated(ctx.storage)) this.#store = this.#openStore();
  }

  /** The published keys, and the wrapped key that signs at this moment. */
  async snapshot(): Promise<Result<RingSnapshot, RingUnknown>> {
    const store = await this.#ring();
    if (store === undefined) return err({ reason: 'ring_unknown' });
    await this.#repairAlarm(store);
    return ok(snapshotOf(store, this.#clock(), this.#settings.rotationPeriod));
  }

  /**
   * Rotates at once.
   *
   * @param expectedKid - The key to replace. Without it, whichever is current when the command
   *   arrives: then a command that another rotation overtook is content with that rotation.
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

  /** Does what is due, if anything: alarms run at least once, late, and sometimes twice at once. */
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
    if (this.ctx.id.name !== TOKEN_RING) return undefined;
    if (this.#store !== undefined && readRing(this.#store) !== undefined) return this.#store;

    const [current, next] = await Promise.all([this.#freshKey(), this.#freshKey()]);
    // No await from here on. Another event may have initialised the ring during the last one:
    // `initialise` then drops these two keys.
    this.#store ??= this.#openStore();
    const store = this.#store;
    const now = this.#clock();
    this.ctx.storage.transactionSync(() => initialise(store, { current, next, now }));
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
    if (rotated.ok) consoleLog({ event: 'key.rotated', level: 'info', cause, ...rotated.value });
    return rotated;
  }

  #freshKey() {
    return generateSigningKey(this.#settings.keyEncryptionKey, TOKEN_RING);
  }

  /** Called in the same turn as the write it belongs to, so that both are stored or neither is. */
  async #arm(store: KeyRingStore): Promise<void> {
    const at = nextEvent(store, this.#settings.rotationPeriod);
    if (at !== undefined) await this.ctx.storage.setAlarm(at);
  }

  /** Arms an alarm that its retries gave up on, or that a changed ROTATION_DAYS has moved. */
  async #repairAlarm(store: KeyRingStore): Promise<void> {
    const armed = await this.ctx.storage.getAlarm();
    if (armed !== nextEvent(store, this.#settings.rotationPeriod)) await this.#arm(store);
  }

  #openStore(): KeyRingStore {
    migrate(this.ctx.storage, migrations);
    return new SqliteKeyRingStore(this.ctx.storage);
  }
}
