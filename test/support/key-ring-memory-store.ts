import type { KeyRingStore, NextKey, RingKey } from '../../durable-objects/key-ring/key-ring.ts';

/** The reference {@link KeyRingStore}: the contract suite keeps it and the real one alike. */
export class MemoryKeyRingStore implements KeyRingStore {
  #keys: readonly RingKey[] = [];

  keys(): readonly RingKey[] {
    return this.#keys.toSorted((a, b) => a.version - b.version);
  }
  add(key: NextKey): void {
    this.#keys = [...this.#keys, key];
  }
  activate(kid: string, activatedAt: number): void {
    this.#keys = this.#keys.map((key) =>
      key.kid === kid && key.state === 'next' ? { ...key, state: 'current', activatedAt } : key,
    );
  }
  retire(kid: string, expiresAt: number): void {
    this.#keys = this.#keys.map((key) => {
      if (key.kid !== kid || key.state !== 'current') return key;
      const { wrapped: _destroyed, ...rest } = key;
      return { ...rest, state: 'previous', expiresAt };
    });
  }
  remove(kid: string): void {
    this.#keys = this.#keys.filter((key) => key.kid !== kid);
  }
}
