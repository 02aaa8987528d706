import { beforeEach, describe, expect, it } from 'vitest';
import { ClientId } from '../../../../../shared/ids.ts';
import { altered } from '../../../../support/altered.ts';
import { aProver } from '../../../../support/dpop-forge.ts';
import { claimsOf, TokenFixture } from '../../../../support/token-fixture.ts';

let endpoint: TokenFixture;
beforeEach(async () => {
  endpoint = new TokenFixture();
  await endpoint.signIn();
});

/** The first tokens of a grant. */
async function granted(headers: Record<string, string> = {}, more: Record<string, string> = {}) {
  const { status, json } = await endpoint.redeem(await endpoint.code(), more, headers);
  if (status !== 200) throw new Error(`Cannot redeem: ${JSON.stringify(json)}`);
  endpoint.backend.usersWoken = 0;
  return json;
}

const securityEvents = () =>
  endpoint.backend.logged.filter(({ level }) => level === 'security').map(({ event }) => event);

describe('the refresh token grant', () => {
  it('answers a successor and new tokens in one hop, without the database', async () => {
    endpoint.client();
    const first = await granted();
    endpoint.backend.now += 60_000;
    const { status, json } = await endpoint.refresh(first.refresh_token);
    expect(status).toBe(200);
    expect(json).toMatchObject({ expires_in: 900, scope: 'openid profile read' });
    expect(json.refresh_token).not.toBe(first.refresh_token);
    expect([endpoint.backend.usersWoken, endpoint.backend.accountsOpened]).toEqual([1, 0]);
    expect(claimsOf(json.access_token)).toMatchObject({
      sid: claimsOf(first.access_token)['sid'],
      iat: endpoint.backend.now / 1_000,
    });
  });

  it('answers an ID token of the same authentication, without its nonce (Core §12.2)', async () => {
    endpoint.client();
    const first = claimsOf((await granted()).id_token);
    endpoint.backend.now += 60_000;
    const second = await granted();
    const { json } = await endpoint.refresh(second.refresh_token);
    const again = claimsOf(json.id_token);
    expect(again).not.toHaveProperty('nonce');
    for (const same of ['iss', 'sub', 'aud', 'auth_time', 'acr', 'amr', 'sid']) {
      expect(again[same]).toEqual(first[same]);
    }
    expect(again['iat']).toBe(endpoint.backend.now / 1_000);
  });

  it('answers a benign duplicate with the same refresh token, byte for byte', async () => {
    endpoint.client();
    const first = await granted();
    const one = await endpoint.refresh(first.refresh_token);
    endpoint.backend.now += 7_000;
    const two = await endpoint.refresh(first.refresh_token);
    expect([two.status, two.json.refresh_token]).toEqual([200, one.json.refresh_token]);
    expect(claimsOf(two.json.access_token)).toEqual(claimsOf(one.json.access_token));
    expect([one.json.expires_in, two.json.expires_in]).toEqual([900, 893]);
    expect((await endpoint.refresh(two.json.refresh_token)).status).toBe(200);
  });

  it('answers a late duplicate with the same refresh token and a new access token', async () => {
    endpoint.client();
    const first = await granted();
    const one = await endpoint.refresh(first.refresh_token);
    endpoint.backend.now += 60_000;
    const two = await endpoint.refresh(first.refresh_token);
    expect([two.status, two.json.refresh_token]).toEqual([200, one.json.refresh_token]);
    expect(two.json.expires_in).toBe(900);
    const [a, b] = [claimsOf(one.json.access_token), claimsOf(two.json.access_token)];
    expect(Number(b['iat']) - Number(a['iat'])).toBe(60);
    expect(b['jti']).not.toBe(a['jti']);
    expect((await endpoint.refresh(two.json.refresh_token)).status).toBe(200);
  });

  it('takes any other second use for theft (RFC 9700 §4.14.2)', async () => {
    endpoint.client();
    const first = await granted();
    const { json } = await endpoint.refresh(first.refresh_token);
    endpoint.backend.now += 121_000;
    expect((await endpoint.refresh(first.refresh_token)).json.error).toBe('invalid_grant');
    expect(securityEvents()).toEqual(['token.refresh_reused']);
    expect((await endpoint.refresh(json.refresh_token)).json.error).toBe('invalid_grant');
  });

  it('keeps the token of a FAPI client (FAPI 2.0 SP §5.3.2.1)', async () => {
    await endpoint.confidential({ profile: 'fapi2_security' });
    const prover = await aProver();
    const secret = { client_secret: 'secret' };
    const { refresh_token: token } = await granted(await endpoint.proof(prover), secret);
    const seen = new Set<unknown>();
    for (let n = 0; n < 3; n += 1) {
      endpoint.backend.now += 20_000;
      const { json } = await endpoint.refresh(token, secret, await endpoint.proof(prover));
      expect(json).toMatchObject({ refresh_token: token, expires_in: 900 });
      seen.add(claimsOf(json.access_token)['jti']);
    }
    expect(seen.size).toBe(3);
    expect(securityEvents()).toEqual([]);
  });

  it('wakes no object for a token that this system did not seal', async () => {
    endpoint.client();
    const { refresh_token: token } = await granted();
    for (const forged of ['x', `${token}A`, altered(token), token.toUpperCase()]) {
      const { status, json } = await endpoint.refresh(forged);
      expect([status, json.error]).toEqual([400, 'invalid_grant']);
    }
    expect(endpoint.backend.usersWoken).toBe(0);
  });

  it('refuses another client, which learns nothing and revokes nothing (RFC 6749 §10.4)', async () => {
    endpoint.client();
    endpoint.client({ clientId: ClientId.restore('client-2') });
    const { refresh_token: token } = await granted();
    for (const scope of ['', 'more than was granted']) {
      const { json } = await endpoint.refresh(token, { client_id: 'client-2', scope });
      expect(json.error).toBe('invalid_grant');
    }
    endpoint.backend.now += 60_000;
    expect((await endpoint.refresh(token)).status).toBe(200);
  });

  it.each(['users', 'keys'] as const)(
    'is answered 503, never invalid_grant, while the %s do not answer',
    async (part) => {
      endpoint.client();
      const { refresh_token: token } = await granted();
      for (const more of [{}, { scope: 'read' }]) {
        endpoint.backend.down.add(part);
        const { status, json, headers } = await endpoint.refresh(token, more);
        expect([status, json.error]).toEqual([503, 'temporarily_unavailable']);
        expect(headers.get('retry-after')).toBe('5');
        endpoint.backend.down.clear();
      }
      expect((await endpoint.refresh(token)).status).toBe(200);
    },
  );
});

describe('a narrower request (RFC 6749 §6)', () => {
  it('gives less, and the refresh token keeps what was granted', async () => {
    endpoint.client();
    const first = await granted();
    const less = await endpoint.refresh(first.refresh_token, { scope: 'read' });
    expect(less.json).toMatchObject({ scope: 'read' });
    expect(less.json).not.toHaveProperty('id_token');
    expect(claimsOf(less.json.access_token)['scope']).toBe('read');
    const all = await endpoint.refresh(less.json.refresh_token);
    expect(all.json.scope).toBe('openid profile read');
  });

  it('may repeat the scopes that were left out when the user was asked', async () => {
    endpoint.client();
    const { refresh_token: token } = await granted();
    const scope = ' openid  read address account write profile ';
    const { json } = await endpoint.refresh(token, { scope });
    expect(json.scope).toBe('openid read profile');
  });

  it.each([
    ['scope', 'read email', 'invalid_scope'],
    ['scope', 'write', 'invalid_scope'],
    ['scope', ' ', 'invalid_scope'],
    ['scope', 'read\tprofile', 'invalid_scope'],
    ['resource', 'https://other.example', 'invalid_target'],
  ])('for more is refused (%s=%s), and leaves the token as it was', async (name, value, error) => {
    endpoint.client();
    const { refresh_token: token } = await granted();
    expect((await endpoint.refresh(token, { [name]: value })).json.error).toBe(error);
    endpoint.backend.now += 60_000;
    expect((await endpoint.refresh(token)).status).toBe(200);
  });
});

describe('the refresh token of a public client (RFC 9449 §5)', () => {
  it('is refused with another key or none, which revokes nothing', async () => {
    endpoint.client();
    const [mine, thief] = [await aProver(), await aProver()];
    const { refresh_token: token } = await granted(await endpoint.proof(mine));
    const stolen = await endpoint.refresh(token, {}, await endpoint.proof(thief));
    const bare = await endpoint.refresh(token);
    expect([stolen.json.error, bare.json.error]).toEqual(['invalid_grant', 'invalid_grant']);
    expect(securityEvents()).toEqual([
      'token.confirmation_mismatch',
      'token.confirmation_mismatch',
    ]);
    const { status, json } = await endpoint.refresh(token, {}, await endpoint.proof(mine));
    expect([status, json.token_type]).toEqual([200, 'DPoP']);
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: mine.jkt });
  });

  it('may be repeated from another network with the same key', async () => {
    endpoint.client();
    const mine = await aProver();
    const { refresh_token: token } = await granted(await endpoint.proof(mine));
    const one = await endpoint.refresh(token, {}, await endpoint.proof(mine));
    const elsewhere = { 'x-sallyport-client-ip': '198.51.100.9', 'user-agent': 'Other/2' };
    const proof = await endpoint.proof(mine);
    const two = await endpoint.refresh(token, {}, { ...proof, ...elsewhere });
    expect([two.status, two.json.refresh_token]).toEqual([200, one.json.refresh_token]);
  });

  it('without a key belongs to the installation that first used it', async () => {
    endpoint.client();
    const { refresh_token: token } = await granted();
    await endpoint.refresh(token);
    const elsewhere = { 'x-sallyport-client-ip': '198.51.100.9' };
    expect((await endpoint.refresh(token, {}, elsewhere)).json.error).toBe('invalid_grant');
    expect(securityEvents()).toEqual(['token.refresh_reused']);
  });
});

describe('the refresh token of a confidential client', () => {
  it('is bound to the client, which may change its key', async () => {
    await endpoint.confidential();
    const secret = { client_secret: 'secret' };
    const first = await granted(await endpoint.proof(await aProver()), secret);
    expect(first.token_type).toBe('DPoP');
    const other = await aProver();
    const { json } = await endpoint.refresh(
      first.refresh_token,
      secret,
      await endpoint.proof(other),
    );
    expect(claimsOf(json.access_token)['cnf']).toEqual({ jkt: other.jkt });
    const bare = await endpoint.refresh(json.refresh_token, secret);
    expect(bare.json.token_type).toBe('Bearer');
    expect((await endpoint.refresh(bare.json.refresh_token)).json.error).toBe('invalid_client');
  });
});
