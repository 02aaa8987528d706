import { beforeEach, describe, expect, it } from 'vitest';

import { tenantOf } from '../../../../../workers/identity/social/oidc/id-token.ts';
import { FakeOidcProvider } from '../../../../support/fake-oidc-provider.ts';
import { PageFixture } from '../../../../support/page-fixture.ts';
import { signInAt } from '../../../../support/social-fixture.ts';

const TEMPLATE = 'https://login.microsoftonline.com/{tenantid}/v2.0';
const TENANT = '9188040d-6c67-4c5b-b112-36a304b66dad';
const ANOTHER = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const issuerOf = (tenant: string) => `https://login.microsoftonline.com/${tenant}/v2.0`;

describe('tenantOf()', () => {
  it.each([
    [TEMPLATE, issuerOf(TENANT), TENANT],
    [TEMPLATE, issuerOf('common'), undefined],
    [TEMPLATE, TEMPLATE, undefined],
    [TEMPLATE, issuerOf(TENANT.toUpperCase()), undefined],
    [TEMPLATE, `${issuerOf(TENANT)}/`, undefined],
    [TEMPLATE, `https://evil.example/${TENANT}/v2.0`, undefined],
    [TEMPLATE, issuerOf(`${TENANT}/v2.0/../${ANOTHER}`), undefined],
    ['https://a.example', 'https://a.example', ''],
    ['https://a.example', 'https://a.example/', undefined],
    ['https://a.example', '', undefined],
  ])('%s, %s: %s', (template, issuer, tenant) => {
    expect(tenantOf(template, issuer)).toBe(tenant);
  });
});

describe('Microsoft', () => {
  let test: PageFixture;
  let microsoft: FakeOidcProvider;
  beforeEach(async () => {
    test = new PageFixture({
      SOCIAL_PROVIDERS: JSON.stringify([{ id: 'microsoft', clientId: 'our-client' }]),
      SOCIAL_CLIENT_SECRETS: '{"microsoft":"s"}',
    });
    await test.register();
    const common = issuerOf('common');
    microsoft = new FakeOidcProvider(test.backend.web, common, () => test.backend.now);
    microsoft.metadata = { ...microsoft.metadata, issuer: TEMPLATE };
  });

  const signIn = async (claims: object) => {
    microsoft.bends = { claims: { email: 'zoe@contoso.test', email_verified: true, ...claims } };
    const response = await signInAt(test.browser, microsoft, 'microsoft');
    return response.headers.get('location');
  };
  const identities = () => [...test.backend.identities.stored.values()];

  it('signs in users of any tenant, whose subjects name it, and has no e-mail trusted', async () => {
    expect(await signIn({ iss: issuerOf(TENANT), tid: TENANT })).toBe('/account');
    expect(await signIn({ iss: issuerOf(ANOTHER), tid: ANOTHER, email: 'b@x.test' })).toBe(
      '/account',
    );
    expect(identities()).toMatchObject([
      { subject: `${TENANT}/user-1`, emailVerified: false },
      { subject: `${ANOTHER}/user-1` },
    ]);
  });

  it('finds no account by the e-mail that a tenant wrote', async () => {
    const claims = {
      iss: issuerOf(TENANT),
      tid: TENANT,
      email: 'ada@example.test',
      xms_edov: true,
    };
    expect(await signIn(claims)).toContain('notice=proof');
  });

  it.each([
    ['another tid than its issuer’s', { iss: issuerOf(TENANT), tid: ANOTHER }],
    ['no tid', { iss: issuerOf(TENANT) }],
    ['an issuer that is no tenant', { iss: issuerOf('common'), tid: TENANT }],
    ['the issuer of somebody else', { iss: `https://evil.example/${TENANT}/v2.0`, tid: TENANT }],
  ])('is refused with %s', async (_, claims) => {
    expect(await signIn(claims)).toContain('notice=failed');
    expect(identities()).toEqual([]);
  });

  it('is refused with a key that signs for another tenant only', async () => {
    microsoft.keyMembers = { issuer: issuerOf(ANOTHER) };
    expect(await signIn({ iss: issuerOf(TENANT), tid: TENANT })).toContain('notice=failed');
    microsoft.keyMembers = { issuer: TEMPLATE };
    test.backend.now += 30_000;
    expect(await signIn({ iss: issuerOf(TENANT), tid: TENANT })).toBe('/account');
  });
});
