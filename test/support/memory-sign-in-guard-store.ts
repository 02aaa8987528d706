import type {
  Attempt,
  OriginKind,
  SignInGuardStore,
} from '../../durable-objects/sign-in-guard/sign-in-guard.ts';

/** A {@link SignInGuardStore} in memory, for tests of the rules. */
export class MemorySignInGuardStore implements SignInGuardStore {
  #attempts: Attempt[] = [];
  #origins: { kind: OriginKind; hash: string; seenAt: number }[] = [];
  #lastId = 0;

  attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  addAttempt(attempt: Omit<Attempt, 'id'>): number {
    this.#lastId += 1;
    this.#attempts.push({ id: this.#lastId, ...attempt });
    return this.#lastId;
  }

  removeAttempt(id: number): void {
    this.#attempts = this.#attempts.filter((one) => one.id !== id);
  }

  removeAttemptsFrom(networkHash: string): void {
    this.#attempts = this.#attempts.filter((one) => one.networkHash !== networkHash);
  }

  removeAttemptsUntil(at: number): void {
    this.#attempts = this.#attempts.filter((one) => one.at > at);
  }

  isKnown(kind: OriginKind, hash: string): boolean {
    return this.#origins.some((one) => one.kind === kind && one.hash === hash);
  }

  saveKnown(kind: OriginKind, hash: string, seenAt: number, limit: number): void {
    const others = this.#origins.filter((one) => one.kind !== kind);
    const same = this.#origins.filter((one) => one.kind === kind && one.hash !== hash);
    const newest = [...same, { kind, hash, seenAt }].toSorted((a, b) => b.seenAt - a.seenAt);
    this.#origins = [...others, ...newest.slice(0, limit)];
  }

  forgetKnownUntil(seenAt: number): void {
    this.#origins = this.#origins.filter((one) => one.seenAt > seenAt);
  }

  longestUnseen(): number | undefined {
    const times = this.#origins.map(({ seenAt }) => seenAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
