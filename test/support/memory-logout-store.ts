import type { Logout, LogoutStore } from '../../durable-objects/user/logout.ts';
import type { Millis } from '../../shared/clock.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type { SessionId } from '../../shared/ids.ts';

/** The reference {@link LogoutStore}. */
export class MemoryLogoutStore implements LogoutStore {
  readonly #logouts = new Map<number, Logout>();
  #seq = 0;

  all(): readonly Logout[] {
    return [...this.#logouts.values()];
  }
  add(sessionId: SessionId, party: RelyingParty, dueAt: Millis): void {
    this.#seq += 1;
    this.#logouts.set(this.#seq, { seq: this.#seq, sessionId, party, attempts: 0, dueAt });
  }
  postpone(seq: number, dueAt: Millis): void {
    const logout = this.#logouts.get(seq);
    if (logout) this.#logouts.set(seq, { ...logout, attempts: logout.attempts + 1, dueAt });
  }
  remove(seq: number): void {
    this.#logouts.delete(seq);
  }
}
