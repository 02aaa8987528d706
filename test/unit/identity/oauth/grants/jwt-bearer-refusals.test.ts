import { beforeEach, describe, expect, it } from 'vitest';

import { TtlStoreUnavailable } from '../../../../../shared/ttl-store/ttl-store.ts';
import { AssertionFixture, AUDIENCE, IDP } from '../../../../support/assertion-fixture.ts';
import { aSigner } from '../../../../support/jws-forge.ts';

let backend: AssertionFixture;
beforeEach(async () => {
  backend = await AssertionFixture.begin();
});

const reason = () => backend.backend.logged.findLast(({ event }) => event.startsWith('assertion.'));

describe('an assertion that is refused (RFC 7523 §3)', () => {
  it.each([
    ['1: nobody’s', { iss: undefined }, 'issuer_unknown'],
    ['1: a stranger’s', { iss: 'https://evil.example' }, 'issuer_unknown'],
    ['1: another spelling', { iss: `${IDP}/` }, 'issuer_unknown'],
    ['1: no text', { iss: [IDP] }, 'issuer_unknown'],
    ['1: our own', { iss: AUDIENCE }, 'issuer_unknown'],
    ['2: about nobody', { sub: undefined }, 'subject'],
    ['2: about an empty name', { sub: '' }, 'subject'],
    ['2: about a number', { sub: 1 }, 'subject'],
    ['2: about a name with a NUL', { sub: 'a\0' }, 'subject'],
    ['2: about a long name', { sub: 'a'.repeat(513) }, 'subject'],
    ['2: about an unknown user', { sub: crypto.randomUUID() }, 'subject_unknown'],
    ['3: for nobody', { aud: undefined }, 'audience'],
    ['3: for an empty list', { aud: [] }, 'audience'],
    ['3: for others', { aud: 'https://other.example' }, 'audience'],
    ['3: for us and others', { aud: [AUDIENCE, 'https://other.example'] }, 'audience'],
    ['3: for another spelling of us', { aud: `${AUDIENCE}/` }, 'audience'],
    ['3: for the client', { aud: 'worker' }, 'audience'],
    ['4: without end', { exp: undefined }, 'expired'],
    ['4: with an end that is a text', { exp: '4000000000' }, 'expired'],
    ['4: expired', { exp: 1 }, 'expired'],
    ['4: good for a day', { exp: Date.UTC(2026, 10, 24) / 1_000 }, 'too_long_lived'],
    ['5: early', { nbf: 4_000_000_000 }, 'early'],
    ['5: early in a text', { nbf: '1' }, 'early'],
    ['6: from the future', { iat: 4_000_000_000 }, 'early'],
    ['7: without a name', { jti: undefined }, 'jti'],
    ['7: with an empty name', { jti: '' }, 'jti'],
  ])('is %s', async (_, claims, why) => {
    expect(await backend.refused(await backend.assertion(claims))).toBe('400 invalid_grant');
    expect(reason()).toMatchObject({ event: `assertion.${why}`, clientId: 'worker' });
  });

  it('is expired at the very second', async () => {
    expect(await backend.refused(await backend.assertion({ exp: backend.now }))).toBe(
      '400 invalid_grant',
    );
    expect((await backend.present(await backend.assertion({ exp: backend.now + 1 }))).status).toBe(
      200,
    );
  });

  it('was presented before (§3, 7)', async () => {
    const assertion = await backend.assertion();
    expect((await backend.present(assertion)).status).toBe(200);
    expect(await backend.refused(assertion)).toBe('400 invalid_grant');
    expect(reason()).toMatchObject({ event: 'assertion.replayed', level: 'security' });
  });

  it('is presented by ten at once: one gets a token', async () => {
    const assertion = await backend.assertion();
    const answers = await Promise.all(Array.from({ length: 10 }, () => backend.present(assertion)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it.each(['at+jwt', 'dpop+jwt', 'logout+jwt', 'oauth-id-jag+jwt', 'client-authentication+jwt', 1])(
    'is a JWT of type %s (RFC 8725 §3.11)',
    async (typ) => {
      expect(await backend.refused(await backend.assertion({}, { typ }))).toBe('400 invalid_grant');
    },
  );

  it.each([
    ['nothing signed', 'eyJhbGciOiJub25lIn0.e30.'],
    ['nonsense', 'nonsense'],
    ['five parts', 'a.b.c.d.e'],
    ['a name twice', `${btoa('{"alg":"ES256","alg":"none"}')}.e30.x`],
  ])('is %s', async (_, assertion) => {
    expect(await backend.refused(assertion)).toBe('400 invalid_grant');
  });

  it.each([
    { jwk: {} },
    { jku: 'https://evil.example' },
    { x5u: 'https://evil.example' },
    { crit: ['x'] },
  ])('brings %j along (RFC 8725 §3.10)', async (header) => {
    expect(await backend.refused(await backend.assertion({}, header))).toBe('400 invalid_grant');
  });

  it('is signed by a key that the issuer does not have (§3, 9)', async () => {
    const thief = await aSigner('ES256', 'idp-1');
    expect(await backend.refused(await backend.assertion({}, {}, thief))).toBe('400 invalid_grant');
    expect(reason()).toMatchObject({ event: 'assertion.signature_invalid', level: 'security' });
    const other = await aSigner('ES256', 'idp-2');
    expect(await backend.refused(await backend.assertion({}, {}, other))).toBe('400 invalid_grant');
  });

  it.each(['none', 'HS256', 'RS1', 'constructor'])('has the algorithm %s', async (alg) => {
    expect(await backend.refused(await backend.assertion({}, { alg }))).toBe('400 invalid_grant');
  });

  it('comes from a client that the issuer is not for, or an issuer that is switched off', async () => {
    await backend.issuer({ clients: ['another'] });
    expect(await backend.refused(await backend.assertion())).toBe('400 invalid_grant');
    expect(reason()?.event).toBe('assertion.client_not_allowed');
    await backend.issuer({ enabled: false });
    expect(await backend.refused(await backend.assertion())).toBe('400 invalid_grant');
  });

  it('gets the same answer, whatever is wrong with it', async () => {
    const bodies = new Set<string>();
    for (const claims of [
      { sub: crypto.randomUUID() },
      { exp: 1 },
      { iss: 'https://evil.example' },
    ]) {
      bodies.add(JSON.stringify((await backend.present(await backend.assertion(claims))).json));
    }
    expect(bodies.size).toBe(1);
  });

  it.each(['database', 'users', 'keys'] as const)(
    'is answered 503, and not refused, while %s is down',
    async (part) => {
      Object.assign(backend.services.clients, { find: async () => backend.clients.get('worker') });
      backend.backend.down.add(part);
      expect(await backend.refused(await backend.assertion())).toBe('503 temporarily_unavailable');
    },
  );
});

it('an assertion is not accepted while the replay cache does not answer', async () => {
  const ttlStore = () => {
    throw new TtlStoreUnavailable('switched off by a test');
  };
  Object.assign(backend.services, { ttlStore });
  expect(await backend.refused(await backend.assertion())).toBe('503 temporarily_unavailable');
});
