import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, it, vi } from 'vitest';
import { migrations } from '../../../durable-objects/user/user-schema.ts';
import { SqliteUserStore } from '../../../durable-objects/user/user-store.ts';

import { randomBytes } from '../../../shared/bytes.ts';
import { days, hours, seconds } from '../../../shared/clock.ts';
import { newSessionId } from '../../../shared/ids.ts';
import { migrate } from '../../../shared/sql/migrate.ts';
import {
  aRedemption,
  CLIENT,
  hashOf,
  LIMITS,
  OTHER_CLIENT,
  sessionIdOf,
  theTerms,
} from '../../support/user-fixture.ts';
import {
  passTime,
  revocationsOf,
  rowsTouched,
  UserFixture,
} from '../../support/user-object-fixture.ts';

afterEach(() => void vi.restoreAllMocks());

const asClient = { clientId: OTHER_CLIENT };

describe('UserObject: grants', () => {
  it('[U41] ends a grant with the session it belongs to, but not an offline one', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const browser = await user.open();
    const other = await user.open();
    const child = await user.grant(browser.sessionId, {
      oauth: user.terms(browser.sessionId),
    });
    const offline = await user.grant(browser.sessionId, { offline: true });
    const otherChild = await user.grant(other.sessionId);
    await user.evict();
    expect(await user.sessions.endSession(browser.sessionId, 'admin')).toBe(true);
    expect(await user.sessions.checkSession(child.sessionId)).toBe('ended');
    expect(await user.sessions.checkSession(offline.sessionId)).toBe('live');
    expect(await user.sessions.checkSession(otherChild.sessionId)).toBe('live');
    expect(await user.rotate(child.familyId, 0, undefined, asClient)).toMatchObject({
      error: { reason: 'family_revoked' },
    });
    expect(await user.rotate(offline.familyId, 0, undefined, asClient)).toMatchObject({ ok: true });
    expect(await revocationsOf(child.sessionId)).toHaveLength(1);
    expect(user.told()).toMatchObject([
      { sessionIds: [browser.sessionId, child.sessionId], reason: 'kicked' },
    ]);
  });

  it('[U40] [U41] does not end a grant when its parent is idle, but when its parent is ended', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const limits = { ...LIMITS, absoluteSeconds: 5 * 86_400 };
    const browser = await user.open({ limits });
    const child = await user.grant(browser.sessionId);
    const until = (await user.sessions.readSession(browser.sessionId))?.createdAt ?? 0;
    for (let n = 0; n < 3; n += 1) {
      passTime(hours(20));
      expect(await user.rotate(child.familyId, n, undefined, asClient)).toMatchObject({ ok: true });
      await user.ring();
    }
    expect(await user.sessions.checkSession(browser.sessionId)).toBe('expired');
    const rotated = await user.rotate(child.familyId, 3, undefined, asClient);
    expect(rotated).toMatchObject({ value: { refreshExpiresAt: until + days(5) } });
    expect(await user.sessions.endSession(browser.sessionId, 'logout')).toBe(true);
    expect(await user.sessions.checkSession(child.sessionId)).toBe('ended');
    expect(await user.sessions.endSession(browser.sessionId, 'logout')).toBe(false);
  });

  it('[U40] opens no session under a parent that is not live, or is itself a grant', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const grant = await user.grant(sessionId);
    const ended = await user.open();
    await user.sessions.endSession(ended.sessionId, 'logout');
    for (const parentId of [grant.sessionId, ended.sessionId, newSessionId()]) {
      const opening = user.opening({ parentId });
      expect(await user.failure((object) => object.openSession(opening))).toContain('its parent');
      expect(await user.sessions.checkSession(opening.grant.sessionId)).toBe('unknown');
    }
    const opening = user.opening({ parentId: sessionId });
    await user.sessions.openSession(opening);
    await user.sessions.endSession(sessionId, 'logout');
    expect(await user.sessions.checkSession(opening.grant.sessionId)).toBe('ended');
  });

  it('[U60] stores no relying party for an unknown session', async ({ expect }) => {
    const user = new UserFixture();
    const { grant, ...rest } = user.opening();
    const oauth = theTerms({ browserSessionId: newSessionId() });
    await user.sessions.openSession({ ...rest, grant: { ...grant, oauth } });
    expect(await user.rows('relying_parties')).toBe(0);
  });

  it('[U42] does not end the parent of the session that is kept', async ({ expect }) => {
    const user = new UserFixture();
    const browser = await user.open();
    await user.open();
    const child = await user.grant(browser.sessionId);
    const sibling = await user.grant(browser.sessionId);
    const { sessionId: keep } = child;
    expect(await user.sessions.endAllSessions({ keep, reason: 'remote' })).toBe(2);
    expect(await user.sessions.checkSession(browser.sessionId)).toBe('live');
    expect(await user.sessions.checkSession(keep)).toBe('live');
    expect(await user.sessions.checkSession(sibling.sessionId)).toBe('ended');
    expect(await user.sessions.endAllSessions({ reason: 'admin' })).toBe(2);
  });

  it('[U43] ends the grants of a client, and no browser’s session', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const offline = await user.grant(sessionId, { offline: true });
    const child = await user.grant(sessionId);
    const own = await user.grant(sessionId, { clientId: CLIENT });
    const codeHash = randomBytes(32);
    await user.issue(sessionId, { codeHash });
    expect(await user.sessions.endClientSessions(OTHER_CLIENT, 'revoked')).toBe(2);
    for (const ended of [offline, child]) {
      expect(await user.sessions.checkSession(ended.sessionId)).toBe('ended');
      expect(await revocationsOf(ended.sessionId)).toHaveLength(1);
    }
    expect(await user.redeem({ codeHash })).toMatchObject({ error: { reason: 'code_unknown' } });
    expect(await user.sessions.endClientSessions(CLIENT, 'revoked')).toBe(1);
    expect(await user.sessions.checkSession(own.sessionId)).toBe('ended');
    expect(await user.sessions.checkSession(sessionId)).toBe('live');
    expect(await user.sessions.endClientSessions(CLIENT, 'revoked')).toBe(0);
  });

  it('[U18] rotates with the key that the family is bound to, and revokes nothing otherwise', async ({
    expect,
  }) => {
    const bindings = [{ jkt: 'key' }, { 'x5t#S256': 'key' }, { jkt: 'key', 'x5t#S256': 'key' }];
    for (const confirmation of bindings) {
      const user = new UserFixture();
      const browser = await user.open();
      await user.issue(browser.sessionId);
      const { familyId, ...rest } = aRedemption({ confirmation });
      await user.sessions.redeemCode({ familyId, ...rest });
      const wrongs = [
        undefined,
        {},
        { jkt: 'other' },
        { 'x5t#S256': 'other' },
        { ...confirmation, jkt: 'other', 'x5t#S256': 'other' },
      ];
      for (const wrong of wrongs) {
        for (const generation of [0, 1]) {
          const request = { ...asClient, confirmation: wrong };
          expect(await user.rotate(familyId, generation, undefined, request)).toEqual({
            ok: false,
            error: { reason: 'confirmation_mismatch' },
          });
        }
      }
      const right = { ...asClient, confirmation };
      expect(await user.rotate(familyId, 0, undefined, right)).toMatchObject({ ok: true });
      expect(await user.rotate(familyId, 0, undefined, right)).toMatchObject({ ok: true });
      // Before theft, and after who presents it.
      const late = { presentedHash: hashOf(7), confirmation: { jkt: 'other' } };
      expect(await user.rotate(familyId, 0, undefined, { ...asClient, ...late })).toMatchObject({
        error: { reason: 'confirmation_mismatch' },
      });
      expect(await user.rotate(familyId, 1, undefined, late)).toMatchObject({
        error: { reason: 'client_mismatch' },
      });
      await user.sessions.endSession(browser.sessionId, 'logout');
      expect(await user.rotate(familyId, 1, undefined, { ...asClient, ...late })).toMatchObject({
        error: { reason: 'family_revoked' },
      });
    }
  });

  it('[U16] [U40] does not read the parent for a rotation of a grant', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    const { familyId } = await user.grant(sessionId);
    const alarm = await user.alarmAt();
    const rotate = () => user.rotate(familyId, 0, undefined, asClient);
    expect(await rowsTouched(user, rotate)).toEqual({ read: 2, written: 1 });
    expect(await user.alarmAt()).toBe(alarm);
  });

  it('[U6] does not end the parent of a session that opens when there are 100', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const browser = await user.open();
    passTime(seconds(1));
    const next = await user.open();
    passTime(seconds(1));
    for (let n = 2; n < 100; n += 1) await user.open();
    const child = await user.grant(browser.sessionId);
    expect(await user.sessions.checkSession(browser.sessionId)).toBe('live');
    expect(await user.sessions.checkSession(child.sessionId)).toBe('live');
    expect(await user.sessions.checkSession(next.sessionId)).toBe('ended');
    expect(await user.sessions.listSessions()).toHaveLength(100);
    expect(user.told()).toMatchObject([{ sessionIds: [next.sessionId] }]);
  });

  it('[U6] ends a grant rather than another session when there are 100', async ({ expect }) => {
    const user = new UserFixture();
    const browser = await user.open();
    passTime(seconds(1));
    const grants = [];
    for (let n = 1; n < 100; n += 1) grants.push(await user.grant(browser.sessionId));
    passTime(seconds(1));
    await user.rotate(grants[0]?.familyId ?? browser.familyId, 0, undefined, asClient);
    await user.open();
    expect(await user.sessions.checkSession(browser.sessionId)).toBe('live');
    expect(await user.sessions.checkSession(grants[0]?.sessionId ?? browser.sessionId)).toBe(
      'live',
    );
    expect(await user.sessions.listSessions()).toHaveLength(100);
  });

  it('[U44] describes a refresh token without using it', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId, familyId } = await user.open();
    const read = (generation: number, presentedHash = hashOf(generation)) =>
      user.sessions.readRefreshToken({ familyId, generation, presentedHash });
    const first = await read(0);
    expect(first).toMatchObject({ active: true, clientId: CLIENT, grant: { sessionId } });
    expect((first?.expiresAt ?? 0) - (first?.issuedAt ?? 0)).toBe(days(7));
    expect(await read(0, hashOf(5))).toMatchObject({ active: false });
    expect(await read(1)).toMatchObject({ active: false });
    await user.rotate(familyId, 0);
    await user.evict();
    expect(await read(0)).toMatchObject({ active: false });
    expect(await read(1)).toMatchObject({ active: true });
    expect(await rowsTouched(user, () => read(1))).toEqual({ read: 2, written: 0 });
    await user.sessions.endSession(sessionId, 'revoked');
    expect(await read(1)).toMatchObject({ active: false });
    const unknown = new UserFixture();
    const query = { familyId, generation: 0, presentedHash: hashOf(0) };
    expect(await unknown.sessions.readRefreshToken(query)).toBeUndefined();
    expect(await unknown.sessions.readSession(sessionId)).toBeUndefined();
    expect(await unknown.rows('sessions')).toBeUndefined();
  });

  it('[U44] does not call a refresh token active that has expired', async ({ expect }) => {
    const user = new UserFixture();
    const { familyId } = await user.open({ limits: { ...LIMITS, refreshSeconds: 60 } });
    passTime(seconds(61));
    const query = { familyId, generation: 0, presentedHash: hashOf(0) };
    expect(await user.sessions.readRefreshToken(query)).toMatchObject({ active: false });
  });

  it('[U45] renews the authentication of a live session only', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId, familyId } = await user.open();
    const before = await user.sessions.readSession(sessionId);
    const proof = { sessionId, authTime: Date.now(), amr: ['pwd', 'otp'], acr: 'high' };
    passTime(hours(1));
    expect(await user.sessions.reauthenticate(proof)).toBe(true);
    await user.evict();
    const after = await user.sessions.readSession(sessionId);
    expect(after?.grant).toEqual({ ...before?.grant, ...proof });
    expect((after?.lastActivityAt ?? 0) - (before?.createdAt ?? 0)).toBeGreaterThanOrEqual(
      hours(1),
    );
    expect(await user.rotate(familyId, 0)).toMatchObject({ value: { grant: { acr: 'high' } } });
    await user.sessions.endSession(sessionId, 'logout');
    expect(await user.sessions.reauthenticate(proof)).toBe(false);
    expect(await user.sessions.reauthenticate({ ...proof, sessionId: newSessionId() })).toBe(false);
  });

  it('[U1] reads sessions that were opened before there were grants', async ({ expect }) => {
    const stub = env.USERS.get(env.USERS.newUniqueId());
    await runInDurableObject(stub, (_, { storage }) => {
      migrate(storage, migrations.slice(0, 1));
      storage.sql.exec(
        `INSERT INTO sessions VALUES (?, '6f1c2a34-9d0e-4b57-8c21-3e5f7a9b1d02', 'sallyport', '[]',
           '[]', '["pwd"]', 'acr', 1, '{"ipAddress":"","country":null,"userAgent":""}', '{}', '[]',
           2, 3, 4, 5, NULL, NULL)`,
        sessionIdOf(0),
      );
      migrate(storage, migrations);
      const store = new SqliteUserStore(storage.sql);
      const session = store.session(sessionIdOf(0));
      expect(session).toMatchObject({ parentId: null, createdAt: 2, ended: null });
      expect(session?.grant).not.toHaveProperty('oauth');
    });
  });
});
