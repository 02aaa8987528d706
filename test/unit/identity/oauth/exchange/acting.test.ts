import { beforeEach, describe, expect, it } from 'vitest';
import { claimsOf, type Granted } from '../../../../support/authorization-server-fixture.ts';
import { ACCESS_TOKEN, ExchangeFixture } from '../../../../support/exchange-fixture.ts';

const AUDIENCE = 'https://id.example.test';
const API = 'https://api.example.test/';

let world: ExchangeFixture;
/** What the user granted the app: a token for the API. */
let grant: Granted;

beforeEach(async () => {
  world = new ExchangeFixture();
  await world.resource(API);
  await world.exchanger('app');
  await world.exchanger('api', { resources: [API] });
  grant = await world.grant(await world.account(), 'app', { resources: [API] });
});

describe('delegation (RFC 8693 §1.1, §4.1)', () => {
  const byActor = (actor_token: string) => ({ actor_token, actor_token_type: ACCESS_TOKEN });

  it('names the subject of the actor token', async () => {
    const actor = await world.ownToken('agent', [API]);
    await world.client('agent');
    const claims = await world.claims('api', grant.accessToken, byActor(actor));
    expect(claims).toMatchObject({ sub: grant.accountId, client_id: 'api', act: { sub: 'agent' } });
  });

  it('does not name a new actor if the client that the token was issued to narrows it', async () => {
    expect(await world.claims('app', grant.accessToken, { scope: 'openid' })).not.toHaveProperty(
      'act',
    );
    const acted = await world.withClaims(grant, { act: { sub: 'agent', note: 1 } });
    const claims = await world.claims('app', acted, { scope: 'openid' });
    expect(claims['act']).toEqual({ sub: 'agent', note: 1 });
  });

  it('nests earlier actors, up to four', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    for (const name of names) await world.exchanger(name, { resources: [API] });
    let token = grant.accessToken;
    for (const name of names.slice(0, 4)) {
      token = (await world.exchange(name, token)).json.access_token;
    }
    expect(claimsOf(token)['act']).toEqual({
      sub: 'four',
      act: { sub: 'three', act: { sub: 'two', act: { sub: 'one' } } },
    });
    expect(await world.refusal('five', token)).toBe('400 invalid_request');
    expect((await world.exchange('four', token)).status).toBe(200);
  });

  it.each([
    ['not a token', async () => 'x'],
    ['expired', () => world.withClaims(grant, { exp: 1 })],
    ['meant for others', () => world.ownToken('app', [AUDIENCE])],
    ['itself delegated', () => world.withClaims(grant, { act: { sub: 'agent' } })],
    ['bound to a key', () => world.withClaims(grant, { cnf: { jkt: 'a'.repeat(43) } })],
  ])('is refused where the actor token is %s', async (_, actor) => {
    const more = byActor(await actor());
    expect(await world.refusal('api', grant.accessToken, more)).toBe('400 invalid_request');
    expect(world.world.logged.at(-1)).toMatchObject({ event: 'exchange.refused', role: 'actor' });
  });

  it('ends when the first of the two tokens does', async () => {
    const { exp } = claimsOf(grant.accessToken);
    const actor = await world.withClaims(grant, { exp: exp - 600 });
    expect((await world.claims('api', grant.accessToken, byActor(actor)))['exp']).toBe(exp - 600);
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
  ])('allows the actor that may_act names: %j, %s → %d (§4.4)', async (may_act, as, status) => {
    const token = await world.withClaims(grant, { may_act });
    expect((await world.exchange(as, token)).status).toBe(status);
  });

  it('allows the subject of the actor token, if may_act names it', async () => {
    await world.client('agent');
    const actor = byActor(await world.ownToken('agent', [API]));
    const allowed = await world.withClaims(grant, { may_act: { sub: 'agent' } });
    expect((await world.claims('api', allowed, actor))['act']).toEqual({ sub: 'agent' });
    const denied = await world.withClaims(grant, { may_act: { sub: 'api' } });
    expect(await world.refusal('api', denied, actor)).toBe('400 invalid_request');
  });
});
