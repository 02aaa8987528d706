import type {
  LogEntry,
  RevocationStore,
} from '../../durable-objects/revocation-log/revocation-log.ts';
import type { Revocation } from '../../shared/contracts/identity/revocation-log.ts';

/** The reference {@link RevocationStore}: the contract suite keeps it and the real one alike. */
export class MemoryRevocationStore implements RevocationStore {
  readonly #epoch: string;
  #entries: readonly LogEntry[] = [];
  #head = 0;

  constructor(epoch: string) {
    this.#epoch = epoch;
  }

  epoch(): string {
    return this.#epoch;
  }
  head(): number {
    return this.#head;
  }
  find(kind: Revocation['kind'], id: string): LogEntry | undefined {
    return this.#entries.find((entry) => entry.kind === kind && entry.id === id);
  }
  add(entry: Revocation): void {
    this.#head += 1;
    this.#entries = [...this.#entries, { ...entry, position: this.#head }];
  }
  remove(position: number): void {
    this.#entries = this.#entries.filter((entry) => entry.position !== position);
  }
  after(position: number, limit: number): readonly LogEntry[] {
    return this.#entries.filter((entry) => entry.position > position).slice(0, limit);
  }
  nextExpiry(): number | undefined {
    const expiries = this.#entries.map((entry) => entry.expiresAt);
    return expiries.length === 0 ? undefined : Math.min(...expiries);
  }
  removeExpired(now: number): void {
    this.#entries = this.#entries.filter((entry) => entry.expiresAt > now);
  }
}
