import type { Code, CodeStore } from '../../durable-objects/user/user.ts';
import { type Bytes, toBase64Url } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type { ClientId } from '../../shared/ids.ts';

/** The reference {@link CodeStore}. */
export class MemoryCodeStore implements CodeStore {
  readonly #codes = new Map<string, Code>();

  find(codeHash: Bytes): Code | undefined {
    return this.#codes.get(toBase64Url(codeHash));
  }
  save(code: Code): void {
    this.#codes.set(toBase64Url(code.codeHash), code);
  }
  countUnused(): number {
    return this.#unused().length;
  }
  forgetFirstToExpire(): void {
    const [first] = this.#unused().toSorted((a, b) => a.expiresAt - b.expiresAt);
    if (first !== undefined) this.#codes.delete(toBase64Url(first.codeHash));
  }
  changeRoles(roles: readonly string[]): void {
    for (const code of this.#unused()) this.save({ ...code, granted: { ...code.granted, roles } });
  }
  forgetUnusedOf(clientId: ClientId): void {
    this.#forget((code) => code.sessionId === null && code.granted.clientId === clientId);
  }
  forgetUnused(): void {
    this.#forget((code) => code.sessionId === null);
  }
  forgetExpired(at: Millis): void {
    this.#forget((code) => code.expiresAt <= at);
  }
  firstExpiry(): Millis | undefined {
    const all = [...this.#codes.values()].map((code) => code.expiresAt);
    return all.length === 0 ? undefined : Math.min(...all);
  }
  isEmpty(): boolean {
    return this.#codes.size === 0;
  }

  #unused(): Code[] {
    return [...this.#codes.values()].filter((code) => code.sessionId === null);
  }
  #forget(isDue: (code: Code) => boolean): void {
    for (const [key, code] of this.#codes) if (isDue(code)) this.#codes.delete(key);
  }
}
