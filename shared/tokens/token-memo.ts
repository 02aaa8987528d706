/** What a memo holds at most, in each of its two generations. */
export type MemoLimits = { readonly entries: number; readonly characters: number };

const MEMO_LIMITS: MemoLimits = { entries: 5_000, characters: 8_000_000 };

/**
 * A bounded map that forgets what was not asked for lately.
 *
 * Two generations instead of a list of recency: a full young one becomes the old one, and the old
 * one is dropped. What is found in the old one moves to the young one.
 */
export class TokenMemo<Value> {
  readonly #limits: MemoLimits;
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  #characters = 0;

  constructor(limits: MemoLimits = MEMO_LIMITS) {
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
