import type {
  RegisteredService,
  ServiceRegistration,
} from '../../shared/contracts/registry-rpc.ts';
import type { ServiceStore } from './registry.ts';
import { StoredHealth, StoredRegistration } from './stored-registration.ts';

type Row = { registration: string; health: string };

/** {@link ServiceStore} and the known hubs, over the object's own SQLite database. */
export class SqliteRegistryStore implements ServiceStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  version(): number {
    return this.#sql.exec<{ version: number }>('SELECT version FROM catalogue').one().version;
  }

  all(): readonly RegisteredService[] {
    return this.#sql
      .exec<Row>('SELECT registration, health FROM services ORDER BY name')
      .toArray()
      .map(toService);
  }

  find(name: string): RegisteredService | undefined {
    const [row] = this.#sql
      .exec<Row>('SELECT registration, health FROM services WHERE name = ?', name)
      .toArray();
    return row && toService(row);
  }

  count(): number {
    return this.#sql.exec<{ n: number }>('SELECT count(*) AS n FROM services').one().n;
  }

  sizeWithout(name: string): number {
    return this.#sql
      .exec<{ size: number }>(
        'SELECT coalesce(sum(octet_length(registration)), 0) AS size FROM services WHERE name <> ?',
        name,
      )
      .one().size;
  }

  put(registration: ServiceRegistration): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO services VALUES (?, ?, ?, 'unknown', 0)",
      registration.name,
      this.#nextVersion(),
      JSON.stringify(registration),
    );
  }

  remove(name: string): boolean {
    const { rowsWritten } = this.#sql.exec('DELETE FROM services WHERE name = ?', name);
    if (rowsWritten > 0) this.#nextVersion();
    return rowsWritten > 0;
  }

  /** A hub that is new has read no older catalogue than this one. */
  addHub(hub: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO hubs VALUES (?, ?)', hub, this.version());
  }

  hubs(): readonly string[] {
    return this.#sql
      .exec<{ name: string }>('SELECT name FROM hubs ORDER BY name')
      .toArray()
      .map(({ name }) => name);
  }

  #nextVersion(): number {
    return this.#sql
      .exec<{ version: number }>('UPDATE catalogue SET version = version + 1 RETURNING version')
      .one().version;
  }
}

const toService = ({ registration, health }: Row): RegisteredService => ({
  ...StoredRegistration.parse(JSON.parse(registration)),
  health: StoredHealth.parse(health),
});
