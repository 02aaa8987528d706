import { describe, expect, it } from 'vitest';

import type { Client } from '../../../../../workers/identity/oauth/clients/client.ts';
import { authorizeFixture, type Query } from '../../../../support/authorize-fixture.ts';
import { aClient, CODE_CHALLENGE } from '../../../../support/oauth-fixture.ts';

const WITHOUT: Query = { code_challenge: undefined, code_challenge_method: undefined };
const WITH_NONCE: Query = { ...WITHOUT, nonce: 'n-0S6' };

/** What becomes of a request: its challenge, or the error. */
async function outcome(client: Partial<Client>, query: Query, settings = {}): Promise<string> {
  const checked = await authorizeFixture(aClient(client), settings).check(query);
  return checked.ok ? checked.value.codeChallenge : checked.error.error.code;
}

describe('PKCE (RFC 9700 §2.1.1)', () => {
  it.each<[string, Partial<Client>, Query, string]>([
    ['a confidential client with a nonce', {}, WITH_NONCE, ''],
    [
      'an assertion client with a nonce',
      { tokenEndpointAuthMethod: 'private_key_jwt' },
      WITH_NONCE,
      '',
    ],
    ['a confidential client without a nonce', {}, WITHOUT, 'invalid_request'],
    [
      'a nonce in a request that is no authentication, so that no ID token has it',
      {},
      { ...WITH_NONCE, scope: 'profile' },
      'invalid_request',
    ],
    [
      'a public client with a nonce',
      { tokenEndpointAuthMethod: 'none' },
      WITH_NONCE,
      'invalid_request',
    ],
    ['a client that is let off', { pkceOptional: true }, { ...WITHOUT, scope: 'profile' }, ''],
    [
      'a public client that is let off',
      { pkceOptional: true, tokenEndpointAuthMethod: 'none' },
      WITH_NONCE,
      'invalid_request',
    ],
    [
      'a method that is left of PKCE',
      {},
      { ...WITH_NONCE, code_challenge_method: 'S256' },
      'invalid_request',
    ],
    ['plain beside a nonce', {}, { nonce: 'n', code_challenge_method: 'plain' }, 'invalid_request'],
    [
      'a challenge without its method beside a nonce',
      {},
      { nonce: 'n', code_challenge_method: undefined },
      'invalid_request',
    ],
    ['a challenge beside a nonce', {}, { nonce: 'n' }, CODE_CHALLENGE],
    ['a challenge of a client that is let off', { pkceOptional: true }, {}, CODE_CHALLENGE],
  ])('judges %s', async (_, client, query, expected) => {
    expect(await outcome(client, query)).toBe(expected);
  });

  it('is demanded of a FAPI client that is let off', async () => {
    const client = aClient({ profile: 'fapi2_security', pkceOptional: true });
    const { check } = authorizeFixture(client);
    const refused = await check(WITH_NONCE, 'par');
    expect(refused).toMatchObject({ ok: false, error: { error: { code: 'invalid_request' } } });
    expect(await check({}, 'par')).toMatchObject({ ok: true });
  });

  it('is demanded of every client by PKCE=all', async () => {
    for (const client of [{}, { pkceOptional: true }]) {
      expect(await outcome(client, WITH_NONCE, { PKCE: 'all' })).toBe('invalid_request');
      expect(await outcome(client, {}, { PKCE: 'all' })).toBe(CODE_CHALLENGE);
    }
  });
});
