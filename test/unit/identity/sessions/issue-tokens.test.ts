import { beforeEach, describe, expect, it } from 'vitest';

import { newAccountId, newFamilyId } from '../../../../shared/ids.ts';
import { newRefreshSecret } from '../../../../shared/tokens/refresh-token.ts';
import { termsOf } from '../../../../workers/identity/sessions/access-token.ts';
import {
  issueAccessToken,
  issueTokens,
} from '../../../../workers/identity/sessions/issue-tokens.ts';
import { fakeServices } from '../../../support/identity-services.ts';
import { anOpening } from '../../../support/user-fixture.ts';

let { backend, services } = fakeServices();
beforeEach(() => {
  ({ backend, services } = fakeServices());
});

const terms = termsOf(anOpening().grant);
const times = () => ({ issuedAt: backend.now, now: backend.now });

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
    const { expiresIn } = await issueAccessToken({ terms, ...wishes, ...times() }, services);
    expect(expiresIn).toBe(seconds);
  });

  it('does not outlive what it is made from', async () => {
    const notAfter = Math.floor(backend.now / 1_000) + 42;
    const { expiresIn } = await issueAccessToken({ terms, notAfter, ...times() }, services);
    expect(expiresIn).toBe(42);
    expect(backend.signed[0]).toMatchObject({ exp: notAfter });
  });

  it('is for the deployment’s own audience where no resource is named', async () => {
    const api = 'https://api.example.test';
    for (const resources of [[], [api], [api, 'https://b.example.test']]) {
      await issueAccessToken({ terms: { ...terms, resources }, ...times() }, services);
    }
    expect(backend.signed.map(({ aud }) => aud)).toEqual([
      'https://id.example.test',
      api,
      [api, 'https://b.example.test'],
    ]);
  });
});
