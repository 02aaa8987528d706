import * as z from 'zod';
import type {
  RegisteredService,
  ServiceRegistration,
} from '../../shared/contracts/connect/registry-rpc.ts';
import type { HealthRecord, HealthTarget, ServiceStore } from './registry.ts';

type Row = { registration: string; health: string };
type HealthTargetRow = {
  name: string;
  version: number;
  health: string;
  failures: number;
  base_url: string;
  health_path: string;
};

/** {@link ServiceStore} and the hubs, over the object's own SQLite database. */
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

  countOf(owner: string): number {
    return this.#sql
      .exec<{ n: number }>(
        "SELECT count(*) AS n FROM services WHERE registration ->> '$.owner' = ?",
        owner,
      )
      .one().n;
  }

  sizeOf(owner: string, without: string): number {
    return this.#sql
      .exec<{ size: number }>(
        `SELECT coalesce(sum(octet_length(registration)), 0) AS size FROM services
         WHERE registration ->> '$.owner' = ? AND name <> ?`,
        owner,
        without,
      )
      .one().size;
  }

  audiencesWithout(name: string): readonly string[] {
    return this.#sql
      .exec<{ audience: string }>(
        "SELECT registration ->> '$.audience' AS audience FROM services WHERE name <> ?",
        name,
      )
      .toArray()
      .map(({ audience }) => audience);
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

  remove(name: string): void {
    this.#sql.exec('DELETE FROM services WHERE name = ?', name);
    this.#nextVersion();
  }

  /** Registers a hub. A new one has read no older catalogue than the current one. */
  addHub(hub: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO hubs VALUES (?, ?)', hub, this.version());
  }

  hubs(): readonly string[] {
    return this.#sql
      .exec<{ name: string }>('SELECT name FROM hubs ORDER BY name')
      .toArray()
      .map(({ name }) => name);
  }

  /** The hubs that were not notified of this version of the catalogue. */
  behind(version: number): readonly string[] {
    return this.#sql
      .exec<{ name: string }>('SELECT name FROM hubs WHERE told < ? ORDER BY name', version)
      .toArray()
      .map(({ name }) => name);
  }

  recordAnnounced(hub: string, version: number): void {
    this.#sql.exec('UPDATE hubs SET told = max(told, ?) WHERE name = ?', version, hub);
  }

  /** The services that have a health URL. */
  healthTargets(): readonly HealthTarget[] {
    return this.#sql
      .exec<HealthTargetRow>(
        `SELECT name, version, health, failures,
           registration ->> '$.baseUrl' AS base_url,
           registration ->> '$.healthPath' AS health_path
         FROM services WHERE health_path IS NOT NULL`,
      )
      .toArray()
      .map(toHealthTarget);
  }

  /** Does nothing if the service was registered again in the meantime [RG8]. */
  setHealth({ name, version }: HealthTarget, { health, failures }: HealthRecord): void {
    this.#sql.exec(
      'UPDATE services SET health = ?, failures = ? WHERE name = ? AND version = ?',
      health,
      failures,
      name,
      version,
    );
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

const toHealthTarget = ({
  base_url,
  health_path,
  health,
  ...row
}: HealthTargetRow): HealthTarget => ({
  ...row,
  url: `${base_url}${health_path}`,
  health: StoredHealth.parse(health),
});

const names = z.array(z.string());

/** A stored registration. The code that reads it may be newer than the code that wrote it. */
const StoredRegistration = z.object({
  name: z.string(),
  baseUrl: z.string(),
  audience: z.string(),
  healthPath: z.string().nullable(),
  owner: z.string().nullable(),
  openapiUrl: z.string().nullable(),
  clients: z.enum(['first_party', 'any']).optional(),
  shortcuts: z.union([z.enum(['owner', 'any']), names]).optional(),
  endpoints: z.array(
    z.object({
      method: z.string(),
      path: z.string(),
      description: z.string(),
      requestSchema: z.unknown(),
      responseSchema: z.unknown(),
      needsBody: z.boolean(),
      permission: z.object({
        roles: names,
        scopes: names,
        ownClient: z.enum(['suffices', 'required']).optional(),
      }),
    }),
  ),
});

const StoredHealth = z.enum(['unknown', 'healthy', 'unhealthy']);
