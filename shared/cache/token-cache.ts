/** The limits of each of the two generations of a {@link TokenCache}. */
export type TokenCacheLimits = { readonly entries: number; readonly characters: number };

const DEFAULT_LIMITS: TokenCacheLimits = { entries: 5_000, characters: 8_000_000 };

/**
 * Caches the result of validating a token, by the token. Its size is bounded. It does not expire
 * entries: the reader compares the token's own expiry.
 *
 * A list ordered by the last use would be written at every read. Instead there are two generations:
 * when the young one is full, it replaces the old one. A value that is found in the old one moves
 * to the young one.
 */
export class TokenCache<Value> {
  readonly #limits: TokenCacheLimits;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #characters = 0;

  constructor(limits: TokenCacheLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  get(token: string): Value | undefined {
    const young = this.#young.get(token);
    if (young !== undefined) return young;
    const old = this.#old.get(token);
    if (old !== undefined) this.set(token, old);
    return old;
  }

  set(token: string, value: Value): void {
    const { entries, characters } = this.#limits;
    if (this.#young.size >= entries || this.#characters + token.length > characters) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#characters = 0;
    }
    if (!this.#young.has(token)) this.#characters += token.length;
    this.#young.set(token, value);
  }

  delete(token: string): void {
    if (this.#young.delete(token)) this.#characters -= token.length;
    this.#old.delete(token);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
