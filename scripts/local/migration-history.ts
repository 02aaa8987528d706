/**
 * Append-only history: which migrations remain to be run, and whether the shipped ones were edited.
 * Pure.
 *
 * @module
 */

export type Migration = {
  /** The Worker that owns the schema: the folder below `migrations/`. */
  readonly worker: string;
  /** The file's name, like `0001_accounts.sql`. */
  readonly name: string;
  /** SHA-256 of the file, in hexadecimal. */
  readonly checksum: string;
};

const key = ({ worker, name }: Pick<Migration, 'worker' | 'name'>) => `${worker}/${name}`;

/**
 * @param declared In the order they run.
 * @returns What of `declared` is not in `applied`, in order.
 * @throws {Error} If an applied migration is gone or was edited, or a new one comes before an
 *   applied one of its Worker.
 */
export function pendingMigrations<M extends Migration>(
  declared: readonly M[],
  applied: readonly Migration[],
): readonly M[] {
  const byKey = new Map(declared.map((migration) => [key(migration), migration]));
  for (const old of applied) {
    const checksum = byKey.get(key(old))?.checksum;
    if (checksum === undefined) throw new Error(`Cannot migrate: applied ${key(old)} is gone`);
    if (checksum !== old.checksum) {
      throw new Error(`Cannot migrate: ${key(old)} was edited after it was applied`);
    }
  }
  const done = new Set(applied.map(key));
  const pending = declared.filter((migration) => !done.has(key(migration)));
  for (const migration of pending) refuseInsertion(migration, applied);
  return pending;
}

function refuseInsertion(added: Migration, applied: readonly Migration[]): void {
  const later = applied.find(({ worker, name }) => worker === added.worker && name > added.name);
  if (later !== undefined) {
    throw new Error(`Cannot migrate: ${key(added)} comes before applied ${key(later)}`);
  }
}
