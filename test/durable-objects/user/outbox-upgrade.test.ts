import { runInDurableObject } from 'cloudflare:test';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';

import { migrations } from '../../../durable-objects/user/user-schema.ts';
import { SqliteUserStore } from '../../../durable-objects/user/user-store.ts';
import { seconds, toNumericDate } from '../../../shared/clock.ts';
import { migrate } from '../../../shared/sql/migrate.ts';
import { ConnectRecorder, IdentityEntrypoint } from '../../support/objects-worker.ts';
import { aFamily, aSession, OTHER_CLIENT, sessionIdOf } from '../../support/user-fixture.ts';
import { loggedOut, revocationsOf, UserFixture } from '../../support/user-object-fixture.ts';

beforeEach(() => void vi.spyOn(console, 'log').mockReturnValue());
afterEach(() => vi.restoreAllMocks());

const PARTY = { clientId: OTHER_CLIENT, subject: 'how-the-client-knows-the-user' };

/** A user's object as the version before the one outbox left it: nothing was delivered yet. */
async function anOldUser() {
  const user = new UserFixture();
  const family = aFamily({ accessUntil: Date.now() + seconds(900) });
  const session = aSession({ familyIds: [family.familyId] });
  const ended = sessionIdOf(0);
  const expiresAt = toNumericDate(Date.now()) + 900;
  await runInDurableObject(user.stub, async (_, { storage }) => {
    const { sql } = storage;
    migrate(storage, migrations.slice(0, 3));
    const store = new SqliteUserStore(sql);
    const grant = { ...session.grant, accountId: user.accountId, roles: ['editor'] };
    store.saveSession({ ...session, grant });
    store.saveFamily(family);
    for (const destination of ['revocation-log', 'connect']) {
      sql.exec(
        `INSERT INTO outbox (destination, session_id, reason, expires_at, attempts)
         VALUES (?, ?, 'logout', ?, 3)`,
        destination,
        ended,
        expiresAt,
      );
    }
    sql.exec(
      `INSERT INTO logouts (session_id, client_id, subject, attempts, due_at)
       VALUES (?, ?, ?, 2, ?)`,
      ended,
      PARTY.clientId,
      PARTY.subject,
      Date.now(),
    );
    sql.exec(`INSERT INTO role_changes VALUES (1, '["editor"]', 5, 0, 1)`);
    sql.exec('CREATE TABLE _timers (name TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT');
    for (const [index, name] of ['sweep', 'outbox', 'logout', 'roles'].entries()) {
      sql.exec('INSERT INTO _timers VALUES (?, ?)', name, Date.now() + seconds(100 - index));
    }
    await storage.setAlarm(Date.now() + seconds(97));
  });
  await user.evict();
  return { user, ended, expiresAt };
}

describe('UserObject: deliveries stored by the version before the outbox', () => {
  it('[U23] [U62] [U72] are copied with their attempts, under one timer', async ({ expect }) => {
    const { user, ended, expiresAt } = await anOldUser();
    const timer = await user.timerAt('outbox');
    expect(Math.abs(timer - Date.now() - seconds(97))).toBeLessThan(seconds(5));
    expect(await user.timers()).toEqual(['outbox', 'sweep']);
    await runInDurableObject(user.stub, (_, { storage: { sql } }) => {
      const notice = {
        payload: { sessionId: ended, reason: 'logout', expiresAt },
        attempts: 3,
        dueAt: 0,
        expiresAt: seconds(expiresAt),
      };
      expect(new SqliteUserStore(sql).outbox.waiting()).toMatchObject([
        { destination: 'revocation-log', ...notice },
        { destination: 'connect', ...notice },
        { destination: 'logout', payload: { sessionId: ended, ...PARTY }, attempts: 2 },
        { destination: 'roles', attempts: 1, expiresAt: null },
      ]);
      expect(new SqliteUserStore(sql).roleChange()).toEqual({ roles: ['editor'], changedAt: 5 });
    });
  });

  it('[U23] [U62] [U72] are delivered when the alarm fires that was set', async ({ expect }) => {
    const { user, ended } = await anOldUser();
    const at = Date.now() + seconds(99);
    vi.spyOn(Date, 'now').mockReturnValue(at);
    expect(await user.ring()).toBe(true);
    expect(user.told()).toMatchObject([{ sessionIds: [ended] }]);
    expect(await revocationsOf(ended)).toHaveLength(1);
    expect(ConnectRecorder.roles).toContainEqual(
      expect.objectContaining({ subject: user.accountId, roles: ['editor'], changedAt: 5 }),
    );
    await vi.waitFor(() => expect(loggedOut(ended)).toEqual([PARTY]));
    expect(IdentityEntrypoint.failing.size).toBe(0);
    await vi.waitFor(async () => expect(await user.rows('outbox')).toBe(0));
    expect(await user.timers()).toEqual(['sweep']);
  });
});
