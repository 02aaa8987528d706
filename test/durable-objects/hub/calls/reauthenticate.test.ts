import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, it } from 'vitest';
import { directoryName } from '../../../../shared/contracts/connect/connect-rpc.ts';
import type { SessionPrincipal } from '../../../../shared/contracts/edge/principal.ts';
import type { PublicJwk } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { anEvent } from '../../../support/connect-fixture.ts';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { FakeKeys } from '../../../support/fake-keys.ts';
import { readJson } from '../../../support/hub-client.ts';
import { aPrincipal, connectToHub, HUB, type SessionClient } from '../../../support/hub-fixture.ts';
import { aSigner, forge, goodHeader, ISSUER, type Signer } from '../../../support/jws-forge.ts';

let signer: Signer;
let stranger: Signer;

beforeAll(async () => {
  signer = await aSigner('ES256');
  stranger = await aSigner('ES256');
  FakeKeys.published = [signer.jwk as PublicJwk];
});

const ENDPOINT = 'POST:/connect/reauthenticate';
const hub = () => env.HUBS.getByName(HUB);

function tokenOf(principal: SessionPrincipal, by = signer, change: object = {}): Promise<string> {
  const claims = {
    iss: ISSUER,
    aud: ISSUER,
    sub: principal.subject,
    sid: principal.sessionId,
    client_id: principal.clientId,
    jti: principal.tokenId,
    scope: principal.scopes.join(' '),
    roles: principal.roles,
    iat: Math.floor(Date.now() / 1_000) - 10,
    exp: principal.expiresAt,
    ...change,
  };
  return forge(by, goodHeader(by), claims);
}

const expiryOf = ({ principal }: SessionClient) =>
  runInDurableObject(hub(), (_, state) => {
    const [socket] = state.getWebSockets(`s:${principal.sessionId}`);
    return socket?.deserializeAttachment().principal.expiresAt as number;
  });

describe('reauthentication', () => {
  it('[H40] puts the connection under the newer token', async ({ expect }) => {
    using ann = await connectToHub();
    const next = aPrincipal({
      ...ann.principal,
      expiresAt: ann.principal.expiresAt + 900,
      roles: ['user', 'admin'],
    });
    const answer = await ann.call(ENDPOINT, { json: { accessToken: await tokenOf(next) } });
    expect(answer.code).toBe(0);
    expect(readJson(answer)).toEqual({ expiresAt: next.expiresAt });
    expect(await expiryOf(ann)).toBe(next.expiresAt);

    const seen = readJson(await ann.call('POST:/api/v1/test/inspect'));
    expect(seen).toMatchObject({ principal: next });
    const directory = env.DIRECTORIES.getByName(directoryName(next.subject));
    await runInDurableObject(directory, (_, { storage }) => {
      const row = storage.sql.exec('SELECT expires_at FROM connections').one();
      expect(Number(row['expires_at'])).toBeGreaterThan(next.expiresAt * 1_000);
    });
  });

  it('[H40] keeps the account behind a pairwise subject', async ({ expect }) => {
    const userId = crypto.randomUUID();
    using ann = await connectToHub(aPrincipal({ subject: 'pws_ann', userId }));
    const accessToken = await tokenOf(ann.principal);
    expect((await ann.call(ENDPOINT, { json: { accessToken } })).code).toBe(0);
    const published = await hub().publish([anEvent({ user: userId }, crypto.randomUUID())]);
    expect(published.delivered).toBe(1);
  });

  it.for([
    ['of another session', { sid: `ses_${'z'.repeat(26)}` }],
    ['of no session', { sid: undefined }],
    ['bound to a key', { cnf: { jkt: 'j'.repeat(43) } }],
    ['of another user', { sub: '0f8fad5b-d9cb-469f-a165-70867728950e' }],
    ['for another audience', { aud: 'https://elsewhere.example.test' }],
    ['of another issuer', { iss: 'https://elsewhere.example.test' }],
    ['of a third party without the scope connect', { client_id: 'a-game' }],
    ['that has expired', { exp: Math.floor(Date.now() / 1_000) - 1 }],
  ] as const)('[H40] refuses a token %s', async ([, change], { expect }) => {
    using ann = await connectToHub();
    const accessToken = await tokenOf(ann.principal, signer, change);
    expect((await ann.call(ENDPOINT, { json: { accessToken } })).code).toBe(52);
    expect(await expiryOf(ann)).toBe(ann.principal.expiresAt);
    expect((await ann.call('POST:/echo')).code).toBe(0);
  });

  it('[H40] refuses a token that is bound to another key', async ({ expect }) => {
    const jkt = 'j'.repeat(43);
    const confirmation = { jkt, 'x5t#S256': 'x'.repeat(43) };
    using ann = await connectToHub(aPrincipal({ confirmation }));
    for (const [cnf, code] of [
      [undefined, 52],
      [{ jkt }, 52],
      [{ ...confirmation, jkt: 'k'.repeat(43) }, 52],
      [{ ...confirmation, 'x5t#S256': 'y'.repeat(43) }, 52],
      [confirmation, 0],
    ] as const) {
      const accessToken = await tokenOf(ann.principal, signer, { cnf });
      expect((await ann.call(ENDPOINT, { json: { accessToken } })).code).toBe(code);
    }
    const seen = readJson(await ann.call('POST:/api/v1/test/inspect'));
    expect(seen).toMatchObject({ principal: { confirmation } });
  });

  it('[H40] refuses another issuer’s signature, and a text that is no token', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    const forged = await tokenOf(ann.principal, stranger);
    expect((await ann.call(ENDPOINT, { json: { accessToken: forged } })).code).toBe(52);
    expect((await ann.call(ENDPOINT, { json: { accessToken: 'x' } })).code).toBe(52);
    expect((await ann.call(ENDPOINT, { json: {} })).code).toBe(50);
    expect((await ann.call(ENDPOINT, { payload: new Uint8Array([0xff]) })).code).toBe(50);
    expect((await ann.call(ENDPOINT)).code).toBe(10);
  });

  it('[H40] refuses a valid token whose session has ended', async ({ expect }) => {
    using ann = await connectToHub();
    FakeIdentity.statuses.set(ann.principal.sessionId, 'ended');
    const accessToken = await tokenOf(ann.principal);
    expect((await ann.call(ENDPOINT, { json: { accessToken } })).code).toBe(52);
  });

  it('[H40] refuses a token that exceeds the attachment', async ({ expect }) => {
    using ann = await connectToHub();
    const roles = Array.from({ length: 200 }, (_, index) => `a-long-role-name-${index}`);
    const accessToken = await tokenOf(ann.principal, signer, { roles });
    expect((await ann.call(ENDPOINT, { json: { accessToken } })).code).toBe(50);
    expect((await ann.call('POST:/echo')).code).toBe(0);
  });
});
