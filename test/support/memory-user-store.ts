import type { Family } from '../../durable-objects/user/family.ts';
import type { Notice } from '../../durable-objects/user/outbox.ts';
import type { RoleChange } from '../../durable-objects/user/role-change.ts';
import type { Session } from '../../durable-objects/user/session.ts';
import type { UserStore } from '../../durable-objects/user/user.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type { FamilyId, SessionId } from '../../shared/ids.ts';
import { MemoryCodeStore } from './memory-code-store.ts';
import { MemoryLogoutStore } from './memory-logout-store.ts';

/** The reference {@link UserStore}: the contract suite keeps it and the real one alike. */
export class MemoryUserStore implements UserStore {
  readonly codes = new MemoryCodeStore();
  readonly logouts = new MemoryLogoutStore();
  readonly #sessions = new Map<SessionId, Session>();
  readonly #families = new Map<FamilyId, Family>();
  readonly #parties = new Map<SessionId, RelyingParty[]>();
  readonly #notices = new Map<number, Notice>();
  #roleChange: RoleChange | undefined;
  #seq = 0;

  session(sessionId: SessionId): Session | undefined {
    return this.#sessions.get(sessionId);
  }
  family(familyId: FamilyId): Family | undefined {
    return this.#families.get(familyId);
  }
  sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }
  unendedSessions(): readonly Session[] {
    return this.sessions().filter((session) => session.ended === null);
  }
  countUnended(): number {
    return this.unendedSessions().length;
  }
  unendedChildren(parentId: SessionId): readonly Session[] {
    return this.unendedSessions().filter((session) => session.parentId === parentId);
  }
  saveSession(session: Session): void {
    this.#sessions.set(session.grant.sessionId, session);
  }
  saveFamily(family: Family): void {
    this.#families.set(family.familyId, family);
  }
  forget(session: Session): void {
    for (const id of session.familyIds) this.#families.delete(id);
    this.#parties.delete(session.grant.sessionId);
    this.#sessions.delete(session.grant.sessionId);
  }
  relyingParties(sessionId: SessionId): readonly RelyingParty[] {
    return this.#parties.get(sessionId) ?? [];
  }
  addRelyingParty(sessionId: SessionId, party: RelyingParty): void {
    const others = this.relyingParties(sessionId).filter(
      ({ clientId, subject }) => clientId !== party.clientId || subject !== party.subject,
    );
    this.#parties.set(sessionId, [...others, party]);
  }
  roleChange(): RoleChange | undefined {
    return this.#roleChange;
  }
  saveRoleChange(change: RoleChange): void {
    this.#roleChange = change;
  }
  notices(): readonly Notice[] {
    return [...this.#notices.values()];
  }
  addNotice(notice: Omit<Notice, 'seq' | 'attempts'>): void {
    this.#seq += 1;
    this.#notices.set(this.#seq, { ...notice, seq: this.#seq, attempts: 0 });
  }
  removeNotice(seq: number): void {
    this.#notices.delete(seq);
  }
  countAttempt(seq: number): void {
    const notice = this.#notices.get(seq);
    if (notice) this.#notices.set(seq, { ...notice, attempts: notice.attempts + 1 });
  }
  hasSessions(): boolean {
    return this.#sessions.size > 0;
  }
  isEmpty(): boolean {
    const waiting = this.#notices.size + this.logouts.all().length;
    return !this.hasSessions() && this.codes.isEmpty() && waiting === 0;
  }
}
