import type {
  Attempt,
  KnownKind,
  SignInGuardStore,
} from '../../durable-objects/sign-in-guard/sign-in-guard.ts';

/** A {@link SignInGuardStore} in memory, for tests of the rules. */
export class MemorySignInGuardStore implements SignInGuardStore {
  #attempts: Attempt[] = [];
  #known: { kind: KnownKind; hash: string; seenAt: number }[] = [];
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

  isKnown(kind: KnownKind, hash: string): boolean {
    return this.#known.some((one) => one.kind === kind && one.hash === hash);
  }

  saveKnown(kind: KnownKind, hash: string, seenAt: number, limit: number): void {
    const others = this.#known.filter((one) => one.kind !== kind);
    const same = this.#known.filter((one) => one.kind === kind && one.hash !== hash);
    const newest = [...same, { kind, hash, seenAt }].toSorted((a, b) => b.seenAt - a.seenAt);
    this.#known = [...others, ...newest.slice(0, limit)];
  }

  forgetKnownUntil(seenAt: number): void {
    this.#known = this.#known.filter((one) => one.seenAt > seenAt);
  }

  longestUnseen(): number | undefined {
    const times = this.#known.map(({ seenAt }) => seenAt);
    return times.length === 0 ? undefined : Math.min(...times);
  }
}
