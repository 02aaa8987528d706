import { DurableObject } from 'cloudflare:workers';

import type { Clock, Millis } from '../../shared/clock.ts';
import type {
  ConnectedSession,
  ConnectionEntry,
  DirectoryRpc,
  Registered,
  RolesChanged,
} from '../../shared/contracts/connect/connect-rpc.ts';
import { isMigrated, migrate } from '../../shared/sql/migrate.ts';
import { changeRoles, connectedSessions, register, rolesChange, shardsOf } from './directory.ts';
import { migrations } from './directory-schema.ts';
import { SqliteDirectoryStore } from './directory-store.ts';

/** One user's directory: the authority on which connection of a session is the newest. */
export class DirectoryObject extends DurableObject<unknown> implements DirectoryRpc {
  readonly #clock: Clock = () => Date.now();
  /** Absent while the user has no connection, so that a made-up subject allocates nothing. */
  #store: SqliteDirectoryStore | undefined;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    if (isMigrated(ctx.storage)) this.#store = this.#openStore();
  }

  async register(entry: ConnectionEntry): Promise<Registered> {
    this.#store ??= this.#openStore();
    const store = this.#store;
    const registered = this.ctx.storage.transactionSync(() =>
      register(store, entry, this.#clock()),
    );
    await this.#schedule(store);
    return registered;
  }

  async renew(connectionId: string, expiresAt: Millis): Promise<boolean> {
    const store = this.#store;
    if (store === undefined) return false;
    const renewed = store.extend(connectionId, expiresAt);
    await this.#schedule(store);
    return renewed;
  }

  async unregister(connectionId: string): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    store.remove(connectionId);
    await this.#schedule(store);
  }

  /** The hubs that hold connections of these sessions. */
  shardsOf(sessionIds: readonly string[]): readonly string[] {
    return this.#store === undefined ? [] : shardsOf(this.#store, sessionIds);
  }

  /** The user's sessions that have connections, each with its hubs. */
  sessions(): readonly ConnectedSession[] {
    return this.#store === undefined ? [] : connectedSessions(this.#store);
  }

  async rolesChange(): Promise<RolesChanged | undefined> {
    return this.#store && rolesChange(this.#store, this.#clock());
  }

  /** Stores a change of the user's roles. Returns the hubs that may hold a connection. */
  async changeRoles(change: RolesChanged): Promise<readonly string[]> {
    this.#store ??= this.#openStore();
    const store = this.#store;
    this.ctx.storage.transactionSync(() => changeRoles(store, change));
    const shards = store.shards();
    await this.#schedule(store);
    return shards;
  }

  /** Removes expired entries. Safe to run twice. */
  override async alarm(): Promise<void> {
    if (this.#store === undefined) return;
    this.#store.removeExpired(this.#clock());
    await this.#schedule(this.#store);
  }

  /** Sets the alarm for the next expiry, or deletes the storage of an empty directory. */
  async #schedule(store: SqliteDirectoryStore): Promise<void> {
    const at = store.nextExpiry();
    if (at !== undefined) return this.ctx.storage.setAlarm(at);
    // The instance outlives its tables, so the next call must not use this store.
    this.#store = undefined;
    await this.ctx.storage.deleteAll();
  }

  #openStore(): SqliteDirectoryStore {
    migrate(this.ctx.storage, migrations);
    return new SqliteDirectoryStore(this.ctx.storage.sql);
  }
}
