import type {
  AccountReading,
  DestinationName,
  Family,
  RoleChange,
  Session,
  UserStore,
} from '../../durable-objects/user/user.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type { FamilyId, SessionId } from '../../shared/ids.ts';
import { MemoryCodeStore } from './memory-code-store.ts';
import { MemoryOutboxStore } from './memory-outbox-store.ts';

/** The reference {@link UserStore}: the contract suite keeps it and the real one alike. */
export class MemoryUserStore implements UserStore {
  readonly codes = new MemoryCodeStore();
  readonly outbox = new MemoryOutboxStore<DestinationName>();
  readonly #sessions = new Map<SessionId, Session>();
  readonly #families = new Map<FamilyId, Family>();
  readonly #parties = new Map<SessionId, RelyingParty[]>();
  #roleChange: RoleChange | undefined;
  #account: AccountReading | undefined;
  #isDisabled = false;

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
  account(): AccountReading | undefined {
    return this.#account;
  }
  saveAccount({ version, credentialsVersion, roles, readAt }: AccountReading): void {
    this.#account = { version, credentialsVersion, roles, readAt };
  }
  forgetAccount(): void {
    this.#account = undefined;
  }
  isAccountDisabled(): boolean {
    return this.#isDisabled;
  }
  saveAccountDisabled(isDisabled: boolean): void {
    this.#isDisabled = isDisabled;
  }
  hasSessions(): boolean {
    return this.#sessions.size > 0;
  }
  isEmpty(): boolean {
    const isWaiting = this.outbox.waiting().length > 0 || this.#account !== undefined;
    return !this.hasSessions() && this.codes.isEmpty() && !isWaiting && !this.#isDisabled;
  }
}
