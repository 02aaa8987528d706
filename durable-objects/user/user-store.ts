import type { Bytes } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import type { RelyingParty } from '../../shared/contracts/identity/relying-party.ts';
import type { ClientId, FamilyId, SessionId } from '../../shared/ids.ts';
import type { OutboxStore } from '../../shared/sql/outbox.ts';
import { SqliteOutboxStore } from '../../shared/sql/outbox-store.ts';
import {
  type AccountReading,
  type Code,
  type CodeStore,
  DESTINATIONS,
  type DestinationName,
  type Family,
  type RoleChange,
  type Session,
  type UserStore,
} from './user.ts';
import {
  type AccountRow,
  type CodeRow,
  type FamilyRow,
  type PartyRow,
  type RoleChangeRow,
  type SessionRow,
  toAccountReading,
  toCode,
  toFamily,
  toParty,
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
  readonly outbox: OutboxStore<DestinationName>;
  readonly #sql: Pick<SqlStorage, 'exec'>;

  constructor(sql: Pick<SqlStorage, 'exec'>) {
    this.#sql = sql;
    this.codes = new SqliteCodeStore(sql);
    this.outbox = new SqliteOutboxStore(sql, DESTINATIONS);
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

  saveRoleChange({ roles, changedAt }: RoleChange): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO role_changes VALUES (1, ?, ?)',
      JSON.stringify(roles),
      changedAt,
    );
  }

  account(): AccountReading | undefined {
    const query = 'SELECT version, credentials_version, roles, read_at FROM account_versions';
    const [row] = this.#sql.exec<AccountRow>(query).toArray();
    return row && toAccountReading(row);
  }

  saveAccount({ version, credentialsVersion, roles, readAt }: AccountReading): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO account_versions (id, version, credentials_version, roles, read_at)
       VALUES (1, ?, ?, ?, ?)`,
      version,
      credentialsVersion,
      JSON.stringify(roles),
      readAt,
    );
  }

  forgetAccount(): void {
    this.#sql.exec('DELETE FROM account_versions');
  }

  isAccountDisabled(): boolean {
    const query = 'SELECT 1 FROM account_status WHERE disabled = 1';
    return this.#sql.exec(query).toArray().length > 0;
  }

  saveAccountDisabled(isDisabled: boolean): void {
    const disabled = isDisabled ? 1 : 0;
    this.#sql.exec('INSERT OR REPLACE INTO account_status VALUES (1, ?)', disabled);
  }

  hasSessions(): boolean {
    return this.#sql.exec('SELECT 1 FROM sessions LIMIT 1').toArray().length > 0;
  }

  isEmpty(): boolean {
    const query = `SELECT 1 FROM (SELECT 1 FROM sessions UNION ALL SELECT 1 FROM codes
      UNION ALL SELECT 1 FROM outbox UNION ALL SELECT 1 FROM account_versions
      UNION ALL SELECT 1 FROM account_status WHERE disabled = 1) LIMIT 1`;
    return this.#sql.exec(query).toArray().length === 0;
  }
}

/** {@link CodeStore} over the object's own SQLite database. */
class SqliteCodeStore implements CodeStore {
  readonly #sql: Pick<SqlStorage, 'exec'>;

  constructor(sql: Pick<SqlStorage, 'exec'>) {
    this.#sql = sql;
  }

  find(codeHash: Bytes): Code | undefined {
    const query = 'SELECT * FROM codes WHERE code_hash = ?';
    const row = this.#sql.exec<CodeRow>(query, codeHash).toArray()[0];
    return row && toCode(row);
  }

  save(code: Code): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO codes VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      code.codeHash,
      code.browserSessionId,
      code.granted.clientId,
      code.redirectUri,
      code.codeChallenge,
      code.dpopJkt,
      JSON.stringify(code.granted),
      code.offline ? 1 : 0,
      code.expiresAt,
      code.sessionId,
    );
  }

  countUnused(): number {
    const query = 'SELECT count(*) AS n FROM codes WHERE session_id IS NULL';
    return this.#sql.exec<{ n: number }>(query).one().n;
  }

  forgetFirstToExpire(): void {
    this.#sql.exec(
      `DELETE FROM codes WHERE code_hash =
         (SELECT code_hash FROM codes WHERE session_id IS NULL ORDER BY expires_at LIMIT 1)`,
    );
  }

  changeRoles(roles: readonly string[]): void {
    const changed = "json_set(granted, '$.roles', json(?))";
    this.#sql.exec(
      `UPDATE codes SET granted = ${changed} WHERE session_id IS NULL`,
      JSON.stringify(roles),
    );
  }

  forgetUnusedOf(clientId: ClientId): void {
    this.#sql.exec('DELETE FROM codes WHERE session_id IS NULL AND client_id = ?', clientId);
  }

  forgetUnused(): void {
    this.#sql.exec('DELETE FROM codes WHERE session_id IS NULL');
  }

  forgetExpired(at: Millis): void {
    this.#sql.exec('DELETE FROM codes WHERE expires_at <= ?', at);
  }

  firstExpiry(): Millis | undefined {
    const query = 'SELECT min(expires_at) AS at FROM codes';
    return this.#sql.exec<{ at: Millis | null }>(query).one().at ?? undefined;
  }
}
