import * as z from 'zod';

import type { Bytes } from '../../shared/bytes.ts';
import type { Millis } from '../../shared/clock.ts';
import { AccountId, ClientId, SessionId } from '../../shared/ids.ts';
import type { Code, CodeStore, Granted } from './code.ts';
import { StoredTerms } from './stored-terms.ts';

type CodeRow = {
  code_hash: ArrayBuffer;
  browser_session_id: string;
  client_id: string;
  redirect_uri: string;
  code_challenge: string;
  dpop_jkt: string | null;
  /** JSON: {@link Granted}. */
  granted: string;
  offline: number;
  expires_at: number;
  session_id: string | null;
};

const StoredGranted: z.ZodType<Granted> = z.object({
  accountId: z.string().transform((text) => AccountId.restore(text)),
  clientId: z.string().transform((text) => ClientId.restore(text)),
  scopes: z.array(z.string()),
  roles: z.array(z.string()),
  amr: z.array(z.string()),
  acr: z.string(),
  authTime: z.number(),
  oauth: StoredTerms,
});

const toCode = (row: CodeRow): Code => ({
  codeHash: new Uint8Array(row.code_hash),
  browserSessionId: SessionId.restore(row.browser_session_id),
  redirectUri: row.redirect_uri,
  codeChallenge: row.code_challenge,
  dpopJkt: row.dpop_jkt,
  granted: StoredGranted.parse(JSON.parse(row.granted)),
  offline: row.offline === 1,
  expiresAt: row.expires_at,
  sessionId: row.session_id === null ? null : SessionId.restore(row.session_id),
});

/** {@link CodeStore} over the object's own SQLite database. */
export class SqliteCodeStore implements CodeStore {
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

  forgetExpired(at: Millis): void {
    this.#sql.exec('DELETE FROM codes WHERE expires_at <= ?', at);
  }

  firstExpiry(): Millis | undefined {
    const query = 'SELECT min(expires_at) AS at FROM codes';
    return this.#sql.exec<{ at: Millis | null }>(query).one().at ?? undefined;
  }
}
