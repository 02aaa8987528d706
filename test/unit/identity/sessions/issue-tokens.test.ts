import { beforeEach, describe, expect, it } from 'vitest';

import { newAccountId, newFamilyId } from '../../../../shared/ids.ts';
import { newRefreshSecret } from '../../../../shared/tokens/refresh-token.ts';
import { termsOf } from '../../../../workers/identity/sessions/access-token.ts';
import {
  issueAccessToken,
  issueTokens,
} from '../../../../workers/identity/sessions/issue-tokens.ts';
import { fakeServices } from '../../../support/identity-services.ts';
import { anOpening, LIMITS } from '../../../support/user-fixture.ts';

let { backend, services } = fakeServices();
beforeEach(() => {
  ({ backend, services } = fakeServices());
});

const terms = termsOf(anOpening().grant);
const times = () => ({ issuedAt: backend.now, now: backend.now });
const unowned = () => ({ owner: null, ...times() });

describe('issueTokens', () => {
  const refreshToken = {
    accountId: newAccountId(),
    familyId: newFamilyId(),
    generation: 3,
    secret: newRefreshSecret(),
  };

  it('gives one generation the same refresh token and the same claims', async () => {
    const request = { terms, refreshToken, isKept: false, ...times() };
    const first = await issueTokens(request, services);
    const again = await issueTokens({ ...request, now: backend.now + 7_000 }, services);
    expect(again).toEqual({ ...first, expiresIn: 893 });
    expect(backend.signed[1]).toEqual(backend.signed[0]);
  });

  it('gives each use of a kept token an access token of its own', async () => {
    const request = { terms, refreshToken, isKept: true, ...times() };
    const first = await issueTokens(request, services);
    const second = await issueTokens(request, services);
    expect(second.refreshToken).toBe(first.refreshToken);
    expect(backend.signed[0]?.['jti']).not.toBe(backend.signed[1]?.['jti']);
  });
});

describe('issueAccessToken', () => {
  it.each([
    [undefined, 900],
    [[null], 900],
    [[300], 300],
    [[3_600], 3_600],
    [[3_600, null], 900],
    [[300, 600, null], 300],
  ])('uses the shortest of the lifetimes %j: %d s', async (lifetimes, seconds) => {
    const wishes = lifetimes === undefined ? {} : { lifetimes };
    const { expiresIn } = await issueAccessToken({ terms, ...wishes, ...unowned() }, services);
    expect(expiresIn).toBe(seconds);
  });

  it('does not outlive what it is made from', async () => {
    const notAfter = Math.floor(backend.now / 1_000) + 42;
    const { expiresIn } = await issueAccessToken({ terms, notAfter, ...unowned() }, services);
    expect(expiresIn).toBe(42);
    expect(backend.signed[0]).toMatchObject({ exp: notAfter });
  });

  it('is for the deployment’s own audience where no resource is named', async () => {
    const api = 'https://api.example.test';
    for (const resources of [[], [api], [api, 'https://b.example.test']]) {
      await issueAccessToken({ terms: { ...terms, resources }, ...unowned() }, services);
    }
    expect(backend.signed.map(({ aud }) => aud)).toEqual([
      'https://id.example.test',
      api,
      [api, 'https://b.example.test'],
    ]);
  });

  describe('of a session', () => {
    const nowSeconds = () => Math.floor(backend.now / 1_000);
    const opened = async (accessSeconds = 900) => {
      const opening = anOpening();
      await backend.user.openSession({ ...opening, limits: { ...LIMITS, accessSeconds } });
      const { sessionId, accountId } = opening.grant;
      const revokedUntil = async () => {
        await backend.user.endSession(sessionId, 'logout');
        return backend.user.takeRevocations()[0]?.expiresAt;
      };
      return { terms: termsOf(opening.grant), accountId, sessionId, revokedUntil };
    };

    it('makes the revocation of the session last as long as the token', async () => {
      const { terms, accountId, revokedUntil } = await opened();
      const request = { terms, owner: accountId, lifetimes: [3_600], ...times() };
      const { expiresIn } = await issueAccessToken(request, services);
      expect(expiresIn).toBe(3_600);
      expect(await revokedUntil()).toBeGreaterThan(nowSeconds() + 3_600);
    });

    it('does the same with a token that comes with a refresh token', async () => {
      const { terms, accountId, revokedUntil } = await opened();
      const refreshToken = {
        accountId,
        familyId: newFamilyId(),
        generation: 3,
        secret: newRefreshSecret(),
      };
      const request = { terms, refreshToken, isKept: false, lifetimes: [3_600], ...times() };
      await issueTokens(request, services);
      expect(await revokedUntil()).toBeGreaterThan(nowSeconds() + 3_600);
    });

    it('is refused when the session has ended meanwhile, and nothing is signed', async () => {
      const { terms, accountId, sessionId } = await opened();
      await backend.user.endSession(sessionId, 'logout');
      const request = { terms, owner: accountId, ...times() };
      await expect(issueAccessToken(request, services)).rejects.toMatchObject({
        code: 'SESSION_TERMINATED',
      });
      expect(backend.signed).toEqual([]);
    });
  });
});
