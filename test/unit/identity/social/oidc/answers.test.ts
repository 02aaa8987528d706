import { beforeEach, describe, expect, it } from 'vitest';

import {
  ACME,
  begin,
  callbackOf,
  OTHER,
  SocialFixture,
  signInAt,
  VERIFIED,
} from '../../../../support/social-fixture.ts';

let test: SocialFixture;
beforeEach(async () => {
  test = await SocialFixture.start();
});

const location = (response: Response) => response.headers.get('location');

describe('the answer of a provider', () => {
  it.each([
    ['an issuer of another (Core §3.1.3.7)', { iss: OTHER }],
    ['another audience', { aud: 'another-client' }],
    ['several audiences and no azp', { aud: ['our-client', 'another-client'] }],
    ['another azp', { azp: 'another-client' }],
    ['another nonce', { nonce: 'another' }],
    ['no nonce', { nonce: undefined }],
    ['an exp that is past', { exp: 1 }],
    ['no exp', { exp: undefined }],
    ['no iat', { iat: undefined }],
    ['an iat that is long past', { iat: 1 }],
    ['no sub', { sub: undefined }],
    ['an empty sub', { sub: '' }],
    ['the at_hash of another access token', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }],
  ])('is refused with %s', async (_, claims) => {
    test.acme.bends = { claims: { ...VERIFIED, ...claims } };
    const response = await signInAt(test.browser, test.acme, 'acme');
    expect(location(response)).toBe('/sign-in?account=other&notice=failed&provider=acme');
    expect(test.identities()).toEqual([]);
    expect(await test.session()).toBeUndefined();
    expect(test.events('social.failed')).toMatchObject([
      { level: 'security', provider: 'acme', reason: 'answer_invalid' },
    ]);
  });

  it.each([
    ['service+jwt', true],
    ['at+jwt', true],
    ['logout+jwt', true],
    ['JWT', false],
    ['jwt', false],
  ])('is refused if its typ is another: %s (RFC 8725 §3.11)', async (typ, isRefused) => {
    test.acme.bends = { claims: VERIFIED, header: { typ } };
    const response = await signInAt(test.browser, test.acme, 'acme');
    expect(location(response)?.includes('notice=failed')).toBe(isRefused);
  });

  it.each([
    [
      'is not signed',
      (token: string) => `${btoa('{"alg":"none"}').replaceAll('=', '')}.${token.split('.')[1]}.`,
    ],
    [
      'is signed with our own secret',
      (token: string) => token.replace(/^[^.]+/, btoa('{"alg":"HS256"}').replaceAll('=', '')),
    ],
    [
      'is tampered with',
      (token: string) => token.replace(/\.[^.]+\./, `.${btoa('{"sub":"x"}').replaceAll('=', '')}.`),
    ],
    ['is no JWT', () => 'x'],
    ['is spelled in another way', (token: string) => `${token}=`],
  ])('is refused if the ID token %s', async (_, bend) => {
    const url = await begin(test.browser, 'acme');
    const answer = test.acme.authorize(url);
    test.acme.bends = { idToken: bend(await test.acme.idToken(VERIFIED)) };
    const response = await test.browser.fetch(callbackOf('acme', answer));
    expect(location(response)).toContain('notice=failed');
    expect(test.identities()).toEqual([]);
  });

  it.each([
    ['a claim', { payload: (text: string) => text.replace('{', '{"sub":"user-2",') }, true],
    [
      'a member of its header',
      { header: (text: string) => text.replace('{', '{"kid":"x",') },
      true,
    ],
    ['nothing', {}, false],
  ])('is refused if the ID token names %s twice', async (_, bend, isRefused) => {
    const answer = test.acme.authorize(await begin(test.browser, 'acme'));
    test.acme.bends = { idToken: await test.acme.bentIdToken(VERIFIED, bend) };
    const response = await test.browser.fetch(callbackOf('acme', answer));
    expect(location(response)?.includes('notice=failed')).toBe(isRefused);
  });

  it('is refused with the iss of another provider (RFC 9207 §2.4)', async () => {
    const response = await signInAt(test.browser, test.acme, 'acme', { more: { iss: OTHER } });
    expect(location(response)).toContain('notice=failed');
    expect(test.acme.tokenRequests).toEqual([]);
  });

  it('is accepted with its own iss, and refused without the iss that it promised', async () => {
    test.acme.metadata = {
      ...test.acme.metadata,
      authorization_response_iss_parameter_supported: true,
    };
    expect(location(await signInAt(test.browser, test.acme, 'acme'))).toContain('notice=failed');
    const named = await signInAt(test.browser, test.acme, 'acme', { more: { iss: ACME } });
    expect(location(named)).toBe('/account');
  });

  it('is verified with a new key after one more fetch, and with cached keys', async () => {
    await signInAt(test.browser, test.acme, 'acme');
    await signInAt(test.browser, test.acme, 'acme');
    expect(test.acme.keysFetched).toBe(1);
    test.backend.now += 30_000;
    test.acme.rotate();
    expect(location(await signInAt(test.browser, test.acme, 'acme'))).toBe('/account');
    expect(test.acme.keysFetched).toBe(2);
  });

  it('causes one fetch in ten seconds with an unknown key', async () => {
    await signInAt(test.browser, test.acme, 'acme');
    test.acme.rotate();
    test.backend.web.set(`${ACME}/jwks`, () => {
      test.acme.keysFetched += 1;
      return Response.json({ keys: [] });
    });
    test.backend.now += 30_000;
    await signInAt(test.browser, test.acme, 'acme');
    await signInAt(test.browser, test.acme, 'acme');
    expect(test.acme.keysFetched).toBe(2);
  });

  it('is refused if its discovery document is another’s (Discovery §4.3)', async () => {
    test.acme.metadata = { ...test.acme.metadata, issuer: OTHER };
    const response = await test.browser.fetch('/sign-in/acme');
    expect(location(response)).toBe('/sign-in?account=other&notice=unavailable&provider=acme');
  });

  it.each([
    ['access_denied', 'denied', 'You did not sign in with Acme.'],
    ['server_error', 'failed', 'Signing in with Acme did not work.'],
  ])('may be %s, of which the page tells the user', async (error, notice, message) => {
    const { id } = await test.interaction();
    const { state } = test.acme.authorize(await begin(test.browser, 'acme', id));
    const response = await test.browser.fetch(callbackOf('acme', { state, error }));
    expect(location(response)).toBe(
      `/sign-in?interaction=${id}&account=other&notice=${notice}&provider=acme`,
    );
    const page = await test.browser.open(location(response) ?? '');
    expect(page.text).toContain(message);
    expect(page.html).toContain(`href="/sign-in/acme?interaction=${id}"`);
  });

  it.each([
    ['500', () => new Response(null, { status: 500 }), 'unavailable'],
    ['no JSON', () => new Response('<html>'), 'unavailable'],
    ['a refusal', () => Response.json({ error: 'invalid_grant' }, { status: 400 }), 'failed'],
    ['a refusal with 200', () => Response.json({ error: 'bad_verification_code' }), 'failed'],
    ['no ID token', () => Response.json({ access_token: 'x' }), 'failed'],
  ])('may be %s at the token endpoint', async (_, tokenResponse, notice) => {
    test.acme.bends = { tokenResponse };
    expect(location(await signInAt(test.browser, test.acme, 'acme'))).toContain(`notice=${notice}`);
  });
});
