import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeAll, describe, it } from 'vitest';
import {
  directoryName,
  type RolesChanged,
} from '../../../../shared/contracts/connect/connect-rpc.ts';
import type { SessionPrincipal } from '../../../../shared/contracts/edge/principal.ts';
import type { PublicJwk } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { changeRoles } from '../../../../workers/connect/hubs/user-changes.ts';
import { anEvent } from '../../../support/connect-fixture.ts';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { FakeKeys } from '../../../support/fake-keys.ts';
import { readJson } from '../../../support/hub-client.ts';
import { aPrincipal, connectToHub, HUB, type SessionClient } from '../../../support/hub-fixture.ts';
import { aSigner, forge, goodHeader, ISSUER, type Signer } from '../../../support/jws-forge.ts';

let signer: Signer;
beforeAll(async () => {
  signer = await aSigner('ES256');
  FakeKeys.published = [signer.jwk as PublicJwk];
});

const hub = () => env.HUBS.getByName(HUB);
const ADMINISTER = 'POST:/api/v1/test/administer';
const INSPECT = 'POST:/api/v1/test/inspect';

const change = (
  { subject }: { subject: string },
  roles: string[],
  more: Partial<RolesChanged> = {},
): RolesChanged => ({
  subject,
  roles,
  changedAt: Date.now(),
  until: Math.floor(Date.now() / 1_000) + 900,
  ...more,
});

const rolesOf = async (client: SessionClient) =>
  (readJson(await client.call(INSPECT)) as { principal: SessionPrincipal }).principal.roles;

describe('roles of a connection', () => {
  it('[H82] change at once with those of the user, at all connections', async ({ expect }) => {
    const { subject } = aPrincipal();
    using ann = await connectToHub(aPrincipal({ subject }));
    using also = await connectToHub(aPrincipal({ subject }), { hub: 'hub:eu:3' });
    using bob = await connectToHub();
    expect(await changeRoles(env, change({ subject }, ['user', 'admin']))).toBe(2);
    expect(await rolesOf(ann)).toEqual(['user', 'admin']);
    expect(await rolesOf(also)).toEqual(['user', 'admin']);
    expect(await rolesOf(bob)).toEqual(['user']);
  });

  it('[H82] that are withdrawn have the next call refused', async ({ expect }) => {
    using eve = await connectToHub(aPrincipal({ roles: ['user', 'admin'] }));
    const guid = eve.guid(ADMINISTER);
    expect((await eve.call(ADMINISTER)).code).toBe(0);
    await changeRoles(env, change(eve.principal, ['user']));
    expect((await eve.call('', { guid })).code).toBe(30);
  });

  it('[H82] decide from the change on who is sent the events for a role', async ({ expect }) => {
    using eve = await connectToHub(aPrincipal({ roles: ['admin'] }));
    using ann = await connectToHub();
    const publish = (eventId: string) =>
      hub().publish([anEvent({ role: 'admin' }, `${eve.principal.sessionId}/${eventId}`)]);
    await publish('before');
    expect((await eve.event())['eventId']).toContain('before');
    await changeRoles(env, change(eve.principal, ['user']));
    await changeRoles(env, change(ann.principal, ['admin']));
    await publish('after');
    const heard = async (client: SessionClient) => {
      await client.call('POST:/echo');
      const names: unknown[] = [];
      while (client.inbox.length > 0) names.push((await client.event())['eventName']);
      return names;
    };
    expect(await heard(eve)).toEqual(['connect.capability-manifest']);
    expect(await heard(ann)).toEqual(['connect.capability-manifest', 'test.event']);
  });

  it('[H82] change while the hub hibernates', async ({ expect }) => {
    using ann = await connectToHub();
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect(await changeRoles(env, change(ann.principal, ['editor']))).toBe(1);
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect(await rolesOf(ann)).toEqual(['editor']);
  });

  it('[H82] do not reach a client whose token carries no roles', async ({ expect }) => {
    const app = aPrincipal({ clientId: 'a-game', roles: [], scopes: ['connect'] });
    const lent = {
      ...aPrincipal({ subject: app.subject }),
      clientId: 'a-game',
      scopes: ['connect', 'roles'],
    };
    using theirs = await connectToHub(app);
    using ours = await connectToHub(lent);
    expect(await changeRoles(env, change(app, ['admin']))).toBe(1);
    expect(await rolesOf(theirs)).toEqual([]);
    expect(await rolesOf(ours)).toEqual(['admin']);
    expect(await rolesOf(await connectToHub({ ...app, sessionId: lent.sessionId }))).toEqual([]);
  });

  it('[H82] are those of the newer of two changes, and repeating a change has no effect', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    const newer = change(ann.principal, ['newer'], { changedAt: 200 });
    const older = change(ann.principal, ['older'], { changedAt: 100 });
    expect(await changeRoles(env, newer)).toBe(1);
    expect(await changeRoles(env, older)).toBe(0);
    expect(await changeRoles(env, newer)).toBe(0);
    expect(await rolesOf(ann)).toEqual(['newer']);
  });

  it('[H83] are the current ones if the token is older than the change', async ({ expect }) => {
    const principal = aPrincipal({ roles: ['user', 'admin'] });
    await changeRoles(env, change(principal, ['user']));
    using eve = await connectToHub(principal);
    expect(JSON.stringify(eve.manifest)).not.toContain(ADMINISTER);
    expect(await rolesOf(eve)).toEqual(['user']);
  });

  it('[H83] are the current ones if they change while the connection opens', async ({ expect }) => {
    const principal = aPrincipal({ roles: ['user', 'admin'] });
    FakeIdentity.whileChecking.set(principal.sessionId, async () => {
      await changeRoles(env, change(principal, ['user']));
    });
    using eve = await connectToHub(principal);
    expect(await rolesOf(eve)).toEqual(['user']);
  });

  it('[H83] are not taken from an older token that is presented later', async ({ expect }) => {
    const principal = aPrincipal({ roles: ['user', 'admin'] });
    using eve = await connectToHub(principal);
    await changeRoles(env, change(principal, ['user']));
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    const { subject, sessionId, clientId, tokenId, scopes, roles, expiresAt } = principal;
    const claims = {
      iss: ISSUER,
      aud: ISSUER,
      sub: subject,
      sid: sessionId,
      client_id: clientId,
      jti: tokenId,
      scope: scopes.join(' '),
      roles,
      iat: expiresAt - 900,
      exp: expiresAt,
    };
    const accessToken = await forge(signer, goodHeader(signer), claims);
    const answer = await eve.call('POST:/connect/reauthenticate', { json: { accessToken } });
    expect(answer.code).toBe(0);
    expect(await rolesOf(eve)).toEqual(['user']);
  });

  it('[H83] are looked up for as long as an older token can be valid', async ({ expect }) => {
    const principal = aPrincipal({ roles: ['user', 'admin'] });
    await changeRoles(env, change(principal, ['user'], { until: 1 }));
    using eve = await connectToHub(principal);
    expect(await rolesOf(eve)).toEqual(['user', 'admin']);
    const directory = env.DIRECTORIES.getByName(directoryName(principal.subject));
    expect(await directory.rolesChange()).toBeUndefined();
  });

  it('[H82] that exceed the attachment end the connection', async ({ expect }) => {
    using ann = await connectToHub();
    const roles = Array.from({ length: 200 }, (_, index) => `a-long-role-name-${index}`);
    expect(await changeRoles(env, change(ann.principal, roles))).toBe(1);
    expect(await ann.closed).toEqual({ code: 4401, reason: 'session_expired' });
  });
});
