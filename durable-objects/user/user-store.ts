import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type { FamilyId, SessionId } from '../../shared/ids.ts';
import type { CodeStore } from './code.ts';
import { SqliteCodeStore } from './code-store.ts';
import type { Family } from './family.ts';
import type { LogoutStore } from './logout.ts';
import { type PartyRow, SqliteLogoutStore, toParty } from './logout-store.ts';
import type { Notice } from './outbox.ts';
import type { RoleChange } from './role-change.ts';
import type { Session } from './session.ts';
import type { UserStore } from './user.ts';
import {
  type FamilyRow,
  type NoticeRow,
  type RoleChangeRow,
  type SessionRow,
  toFamily,
  toNotice,
  toRoleChange,
  toSession,
} from './user-rows.ts';

/**
 * {@link UserStore} over the object's own SQLite database.
 *
 * Plain SQL: the rotation is the hottest write of the platform, and two reads and one write is all
 * it does.
 */
export class SqliteUserStore implements UserStore {
  readonly codes: CodeStore;
  readonly logouts: LogoutStore;
  readonly #sql: Pick<SqlStorage, 'exec'>;

  constructor(sql: Pick<SqlStorage, 'exec'>) {
    this.#sql = sql;
    this.codes = new SqliteCodeStore(sql);
    this.logouts = new SqliteLogoutStore(sql);
  }

  session(sessionId: SessionId): Session | undefined {
    const query = 'SELECT * FROM sessions WHERE session_id = ?';
    const row = this.#sql.exec<SessionRow>(query, sessionId).toArray()[0];
    return row && toSession(row);
  }

  family(familyId: FamilyId): Family | undefined {
    const query = 'SELECT * FROM families WHERE family_id = ?';
    const row = this.#sql.exec<FamilyRow>(query, familyId).toArray()[0];
    return row && toFamily(row);
  }

  sessions(): readonly Session[] {
    return this.#sql.exec<SessionRow>('SELECT * FROM sessions').toArray().map(toSession);
  }

  unendedSessions(): readonly Session[] {
    const query = 'SELECT * FROM sessions WHERE ended_at IS NULL';
    return this.#sql.exec<SessionRow>(query).toArray().map(toSession);
  }

  countUnended(): number {
    const query = 'SELECT count(*) AS n FROM sessions WHERE ended_at IS NULL';
    return this.#sql.exec<{ n: number }>(query).one().n;
  }

  unendedChildren(parentId: SessionId): readonly Session[] {
    const query = 'SELECT * FROM sessions WHERE ended_at IS NULL AND parent_id = ?';
    return this.#sql.exec<SessionRow>(query, parentId).toArray().map(toSession);
  }

  saveSession({ grant, ...session }: Session): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO sessions
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      grant.sessionId,
      grant.accountId,
      grant.clientId,
      JSON.stringify(grant.scopes),
      JSON.stringify(grant.roles),
      JSON.stringify(grant.amr),
      grant.acr,
      grant.authTime,
      JSON.stringify(session.origin),
      JSON.stringify(session.device),
      JSON.stringify(session.familyIds),
      session.createdAt,
      session.touchedAt,
      session.idleMillis,
      session.absoluteExpiresAt,
      session.ended?.at ?? null,
      session.ended?.reason ?? null,
      grant.oauth === undefined ? null : JSON.stringify(grant.oauth),
      session.parentId,
    );
  }

  saveFamily(family: Family): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO families VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      family.familyId,
      family.sessionId,
      family.clientId,
      family.generation,
      family.secretHash,
      family.previousHash,
      family.rotatedAt,
      family.rotatedBy.installationId,
      family.rotatedBy.fallback,
      family.refreshExpiresAt,
      family.accessUntil,
      family.revokedAt,
    );
  }

  forget({ grant, familyIds }: Session): void {
    for (const id of familyIds) this.#sql.exec('DELETE FROM families WHERE family_id = ?', id);
    this.#sql.exec('DELETE FROM relying_parties WHERE session_id = ?', grant.sessionId);
    this.#sql.exec('DELETE FROM sessions WHERE session_id = ?', grant.sessionId);
  }

  relyingParties(sessionId: SessionId): readonly RelyingParty[] {
    const query = 'SELECT client_id, subject FROM relying_parties WHERE session_id = ?';
    return this.#sql.exec<PartyRow>(query, sessionId).toArray().map(toParty);
  }

  addRelyingParty(sessionId: SessionId, { clientId, subject }: RelyingParty): void {
    const query = 'INSERT OR IGNORE INTO relying_parties VALUES (?, ?, ?)';
    this.#sql.exec(query, sessionId, clientId, subject);
  }

  roleChange(): RoleChange | undefined {
    const [row] = this.#sql.exec<RoleChangeRow>('SELECT * FROM role_changes').toArray();
    return row && toRoleChange(row);
  }

  saveRoleChange({ roles, changedAt, told, attempts }: RoleChange): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO role_changes VALUES (1, ?, ?, ?, ?)',
      JSON.stringify(roles),
      changedAt,
      Number(told),
      attempts,
    );
  }

  notices(): readonly Notice[] {
    return this.#sql.exec<NoticeRow>('SELECT * FROM outbox ORDER BY seq').toArray().map(toNotice);
  }

  addNotice({ destination, sessionId, reason, expiresAt }: Omit<Notice, 'seq' | 'attempts'>): void {
    this.#sql.exec(
      'INSERT INTO outbox (destination, session_id, reason, expires_at) VALUES (?, ?, ?, ?)',
      destination,
      sessionId,
      reason,
      expiresAt,
    );
  }

  removeNotice(seq: number): void {
    this.#sql.exec('DELETE FROM outbox WHERE seq = ?', seq);
  }

  countAttempt(seq: number): void {
    this.#sql.exec('UPDATE outbox SET attempts = attempts + 1 WHERE seq = ?', seq);
  }

  hasSessions(): boolean {
    return this.#sql.exec('SELECT 1 FROM sessions LIMIT 1').toArray().length > 0;
  }

  isEmpty(): boolean {
    const query = `SELECT 1 FROM (SELECT 1 FROM sessions UNION ALL SELECT 1 FROM codes
      UNION ALL SELECT 1 FROM outbox UNION ALL SELECT 1 FROM logouts) LIMIT 1`;
    return this.#sql.exec(query).toArray().length === 0;
  }
}
