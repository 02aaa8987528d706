import { beforeEach, describe, expect, it } from 'vitest';
import { claimsOf, type Granted } from '../../../../support/authorization-server-fixture.ts';
import { ACCESS_TOKEN, ExchangeFixture } from '../../../../support/exchange-fixture.ts';

const AUDIENCE = 'https://id.example.test';
const API = 'https://api.example.test/';

let backend: ExchangeFixture;
/** What the user granted the app: a token for the API. */
let grant: Granted;

beforeEach(async () => {
  backend = new ExchangeFixture();
  await backend.resource(API);
  await backend.exchanger('app');
  await backend.exchanger('api', { resources: [API] });
  grant = await backend.grant(await backend.account(), 'app', { resources: [API] });
});

describe('delegation (RFC 8693 §1.1, §4.1)', () => {
  const byActor = (actor_token: string) => ({ actor_token, actor_token_type: ACCESS_TOKEN });

  it('names the subject of the actor token', async () => {
    const actor = await backend.clientToken('agent', [API]);
    await backend.client('agent');
    const claims = await backend.claims('api', grant.accessToken, byActor(actor));
    expect(claims).toMatchObject({ sub: grant.accountId, client_id: 'api', act: { sub: 'agent' } });
  });

  it('names no new actor where the client that the token was issued to narrows it', async () => {
    expect(await backend.claims('app', grant.accessToken, { scope: 'openid' })).not.toHaveProperty(
      'act',
    );
    const acted = await backend.withClaims(grant, { act: { sub: 'agent', note: 1 } });
    const claims = await backend.claims('app', acted, { scope: 'openid' });
    expect(claims['act']).toEqual({ sub: 'agent', note: 1 });
  });

  it('nests earlier actors, up to four', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const name of names) await backend.exchanger(name, { resources: [API] });
    let token = grant.accessToken;
    for (const name of names.slice(0, 4)) {
      token = (await backend.exchange(name, token)).json.access_token;
    }
    expect(claimsOf(token)['act']).toEqual({
      sub: 'four',
      act: { sub: 'three', act: { sub: 'two', act: { sub: 'one' } } },
    });
    expect(await backend.refusal('five', token)).toBe('400 invalid_request');
    expect((await backend.exchange('four', token)).status).toBe(200);
  });

  it.each([
    ['not a token', async () => 'x'],
    ['expired', () => backend.withClaims(grant, { exp: 1 })],
    ['meant for others', () => backend.clientToken('app', [AUDIENCE])],
    ['itself delegated', () => backend.withClaims(grant, { act: { sub: 'agent' } })],
    ['bound to a key', () => backend.withClaims(grant, { cnf: { jkt: 'a'.repeat(43) } })],
  ])('is refused where the actor token is %s', async (_, actor) => {
    const more = byActor(await actor());
    expect(await backend.refusal('api', grant.accessToken, more)).toBe('400 invalid_request');
    expect(backend.backend.logged.at(-1)).toMatchObject({
      event: 'exchange.refused',
      role: 'actor',
    });
  });

  it('ends when the first of the two tokens does', async () => {
    const { exp } = claimsOf(grant.accessToken);
    const actor = await backend.withClaims(grant, { exp: exp - 600 });
    expect((await backend.claims('api', grant.accessToken, byActor(actor)))['exp']).toBe(exp - 600);
  });

  it.each([
    [{ sub: 'api' }, 'api', 200],
    [{ sub: 'api', iss: AUDIENCE }, 'api', 200],
    [{ client_id: 'api' }, 'api', 200],
    [{ sub: 'agent' }, 'api', 400],
    [{ sub: 'api', iss: 'https://evil.example' }, 'api', 400],
    [{ sub: 'api', client_id: 'app' }, 'api', 400],
    [{ sub: 'api', unheard: 'of' }, 'api', 400],
    [{ iss: AUDIENCE }, 'api', 400],
    [{}, 'api', 400],
    [{ sub: ['api'] }, 'api', 400],
    [{ sub: 'api' }, 'app', 400],
  ])('lets act whom may_act names: %j, %s → %d (§4.4)', async (may_act, as, status) => {
    const token = await backend.withClaims(grant, { may_act });
    expect((await backend.exchange(as, token)).status).toBe(status);
  });

  it('lets act the subject of the actor token, if may_act names them', async () => {
    await backend.client('agent');
    const actor = byActor(await backend.clientToken('agent', [API]));
    const allowed = await backend.withClaims(grant, { may_act: { sub: 'agent' } });
    expect((await backend.claims('api', allowed, actor))['act']).toEqual({ sub: 'agent' });
    const denied = await backend.withClaims(grant, { may_act: { sub: 'api' } });
    expect(await backend.refusal('api', denied, actor)).toBe('400 invalid_request');
  });
});
