import { afterEach, describe, it, vi } from 'vitest';
import { SqliteUserStore } from '../../../durable-objects/user/user-store.ts';
import { randomBytes } from '../../../shared/bytes.ts';
import { days, minutes, seconds } from '../../../shared/clock.ts';
import type { UserSessions } from '../../../shared/contracts/identity/user-sessions.ts';
import { newFamilyId, newSessionId } from '../../../shared/ids.ts';
import { SqliteOutboxStore } from '../../../shared/sql/outbox-store.ts';
import {
  anIssue,
  aRedemption,
  CLIENT,
  hashOf,
  LIMITS,
  OTHER_CLIENT,
  REDIRECT_URI,
  theTerms,
} from '../../support/user-fixture.ts';
import { passTime, revocationsOf, UserFixture } from '../../support/user-object-fixture.ts';

afterEach(() => void vi.restoreAllMocks());

const refused = (reason: string) => ({ ok: false, error: { reason } });

describe('UserObject: codes', () => {
  it('[U50] [U52] opens a session with what was granted, and with what was known of the user at that moment', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const browser = await user.open();
    const before = await user.sessions.readSession(browser.sessionId);
    const oauth = theTerms({ browserSessionId: browser.sessionId });
    const issued = await user.issue(browser.sessionId, { oauth, dpopJkt: 'key' });
    expect(issued).toEqual({ ok: true, value: undefined });
    const proof = { authTime: Date.now(), amr: ['otp'], acr: 'high' };
    await user.sessions.reauthenticate({ sessionId: browser.sessionId, ...proof });
    await user.evict();

    const confirmation = { jkt: 'key' };
    const ids = { sessionId: newSessionId(), familyId: newFamilyId() };
    const redeemed = await user.redeem({ ...ids, dpopJkt: 'key', confirmation });
    const grant = {
      sessionId: ids.sessionId,
      accountId: user.accountId,
      clientId: OTHER_CLIENT,
      scopes: ['openid', 'profile'],
      roles: before?.grant.roles,
      amr: before?.grant.amr,
      acr: before?.grant.acr,
      authTime: before?.grant.authTime,
      oauth: { ...oauth, confirmation },
    };
    expect(redeemed).toMatchObject({ ok: true, value: { grant, offline: false } });
    if (!redeemed.ok) return;
    const { redeemedAt, refreshExpiresAt } = redeemed.value;
    expect(refreshExpiresAt - redeemedAt).toBe(seconds(LIMITS.refreshSeconds));

    await user.evict();
    expect(await user.sessions.readSession(ids.sessionId)).toEqual({
      status: 'live',
      grant,
      parentId: browser.sessionId,
      createdAt: redeemedAt,
      lastActivityAt: redeemedAt,
      expiresAt: redeemedAt + days(1),
    });
    const views = await user.sessions.listSessions();
    expect(views.map((view) => [view.clientId, view.scopes])).toEqual(
      expect.arrayContaining([
        [OTHER_CLIENT, ['openid', 'profile']],
        [CLIENT, undefined],
      ]),
    );
    const rotated = await user.rotate(ids.familyId, 0, undefined, {
      clientId: OTHER_CLIENT,
      confirmation,
    });
    expect(rotated).toMatchObject({ ok: true, value: { grant } });
  });

  it('[U7] answers a made-up code without allocating anything', async ({ expect }) => {
    const user = new UserFixture();
    expect(await user.redeem()).toEqual(refused('code_unknown'));
    expect(await user.issue(newSessionId())).toEqual(refused('session_ended'));
    expect(await user.rows('codes')).toBeUndefined();
    expect(await user.alarmAt()).toBeNull();
  });

  it('[U50] issues no code twice, and none where no user is signed in to us', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.issue(sessionId);
    const again = anIssue(sessionId, Date.now() + seconds(60));
    expect(await user.failure((object) => object.issueCode(again))).toContain('one like it');
    const { sessionId: grant } = await user.grant(sessionId);
    const inGrant = anIssue(grant, Date.now() + seconds(60), { codeHash: randomBytes(32) });
    expect(await user.failure((object) => object.issueCode(inGrant))).toContain('Cannot issue');

    await user.sessions.endSession(sessionId, 'logout');
    expect(await user.issue(sessionId, { codeHash: randomBytes(32) })).toEqual(
      refused('session_ended'),
    );
    expect(await user.redeem()).toEqual(refused('session_ended'));
  });

  it('[U51] judges in order, and a refusal leaves the code as it was', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.issue(sessionId, { dpopJkt: 'key' });
    const wrongs = [
      ['dpop_mismatch', { dpopJkt: null }],
      ['dpop_mismatch', { dpopJkt: 'another' }],
      ['verifier_mismatch', { codeChallenge: 'wrong', dpopJkt: null }],
      ['verifier_mismatch', { codeChallenge: '' }],
      ['redirect_uri_mismatch', { redirectUri: `${REDIRECT_URI}?`, codeChallenge: 'wrong' }],
      ['client_mismatch', { clientId: CLIENT, redirectUri: 'wrong', codeChallenge: 'wrong' }],
      ['code_unknown', { codeHash: hashOf(1, 1), clientId: CLIENT }],
    ] as const;
    for (const [reason, wrong] of wrongs) {
      await user.evict();
      expect(await user.redeem({ dpopJkt: 'key', ...wrong }), reason).toEqual(refused(reason));
    }
    expect(await user.rows('sessions')).toBe(1);
    expect(await user.redeem({ dpopJkt: 'key', redirectUri: null })).toMatchObject({ ok: true });
  });

  it('[U51] [U53] says what happened to a code until it is forgotten', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.issue(sessionId);
    passTime(seconds(61));
    expect(await user.redeem()).toEqual(refused('code_expired'));
    expect(await user.redeem({ redirectUri: 'wrong' })).toEqual(refused('code_expired'));

    const codeHash = randomBytes(32);
    await user.grant(sessionId, { codeHash });
    passTime(minutes(2));
    expect(await user.redeem({ codeHash, clientId: CLIENT })).toEqual(refused('client_mismatch'));
    expect(await user.redeem({ codeHash, codeChallenge: 'x' })).toEqual(refused('code_reused'));
  });

  it('[U53] accepts one of two concurrent uses, and the other ends the session that it opened', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const browser = await user.open();
    await user.issue(browser.sessionId, { oauth: user.terms(browser.sessionId) });
    const uses = [aRedemption(), aRedemption()];
    const answers = await Promise.all(uses.map((use) => user.sessions.redeemCode(use)));
    const won = answers.findIndex((answer) => answer.ok);
    expect(answers[1 - won]).toEqual(refused('code_reused'));
    const { sessionId, familyId } = uses[won] ?? aRedemption();
    expect(await user.sessions.readSession(sessionId)).toMatchObject({ status: 'ended' });
    expect(await user.rotate(familyId, 0, undefined, { clientId: OTHER_CLIENT })).toMatchObject(
      refused('family_revoked'),
    );
    expect(await revocationsOf(sessionId)).toHaveLength(1);
    expect(user.told()).toMatchObject([{ sessionIds: [sessionId], reason: 'session_revoked' }]);
    expect(await user.sessions.checkSession(browser.sessionId)).toBe('live');
    expect(await user.rows('sessions')).toBe(2);

    await user.evict();
    expect(await user.redeem()).toEqual(refused('code_reused'));
    expect(user.told()).toHaveLength(1);
  });

  it('[U52] [U53] uses a code and opens its session in one transaction', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.issue(sessionId);
    const use = aRedemption();
    const full = () => {
      throw new Error('Cannot write: the disk is full');
    };
    const redeem = (object: UserSessions) => object.redeemCode(use);
    vi.spyOn(SqliteUserStore.prototype, 'addRelyingParty').mockImplementation(full);
    expect(await user.failure(redeem)).toContain('the disk is full');
    vi.restoreAllMocks();
    expect(await user.rows('sessions')).toBe(1);
    expect(await user.rows('families')).toBe(1);
    const taken = aRedemption({ sessionId });
    expect(await user.failure((object) => object.redeemCode(taken))).toContain('used before');
    expect(await user.sessions.redeemCode(use)).toMatchObject({ ok: true });

    vi.spyOn(SqliteOutboxStore.prototype, 'add').mockImplementation(full);
    expect(await user.failure(redeem)).toContain('the disk is full');
    vi.restoreAllMocks();
    expect(await user.sessions.checkSession(use.sessionId)).toBe('live');
    expect(await user.sessions.redeemCode(use)).toEqual(refused('code_reused'));
    expect(await user.sessions.checkSession(use.sessionId)).toBe('ended');
  });

  it('[U54] forgets the unused code that expires first when there are 100', async ({ expect }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.grant(sessionId);
    const soonest = 50;
    for (let n = 0; n < 100; n += 1) {
      const expiresAt = Date.now() + (n === soonest ? 30_000 : 60_000);
      await user.issue(sessionId, { codeHash: hashOf(n, 2), expiresAt });
    }
    expect(await user.rows('codes')).toBe(101);
    await user.issue(sessionId, { codeHash: hashOf(100, 2) });
    expect(await user.rows('codes')).toBe(101);
    expect(await user.redeem({ codeHash: hashOf(soonest, 2) })).toEqual(refused('code_unknown'));
    for (const n of [0, 99, 100]) {
      expect(await user.redeem({ codeHash: hashOf(n, 2) })).toMatchObject({ ok: true });
    }
  });

  it('[U32] [U55] forgets codes a day after they expired, and itself when none is left', async ({
    expect,
  }) => {
    const user = new UserFixture();
    const { sessionId } = await user.open();
    await user.grant(sessionId, { expiresAt: Date.now() + days(3) });
    await user.issue(sessionId);
    await user.sessions.endSession(sessionId, 'logout');
    const passSweep = async () => {
      passTime((await user.timerAt('sweep')) - Date.now());
      await user.ring();
    };
    passTime(days(1) + minutes(2));
    await user.ring();
    expect(await user.rows('sessions')).toBe(0);
    expect(await user.rows('codes')).toBe(1);
    await user.evict();
    await passSweep();
    expect(await user.rows('codes')).toBeUndefined();
    expect(await user.alarmAt()).toBeNull();
  });
});
