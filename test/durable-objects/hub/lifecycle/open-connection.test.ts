import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, it } from 'vitest';
import { directoryName } from '../../../../shared/contracts/connect/connect-rpc.ts';
import { importSalt, serviceGuid } from '../../../../shared/hub-protocol/session-guids.ts';
import { FakeIdentity } from '../../../support/fake-identity.ts';
import { readJson } from '../../../support/hub-client.ts';
import { aPrincipal, connectToHub, HUB, requestUpgrade } from '../../../support/hub-fixture.ts';

const hub = () => env.HUBS.getByName(HUB);
const directoryOf = (subject: string) => env.DIRECTORIES.getByName(directoryName(subject));

describe('opening a connection', () => {
  it('[H2] begins with the manifest as the first event', async ({ expect }) => {
    using ann = await connectToHub();
    expect(ann.first).toMatchObject({
      kind: 'request',
      flags: 0x10,
      channel: 0,
      sequence: 1,
      guid: '00000000-0000-0000-0000-000000000000',
    });
    expect(ann.manifest).toMatchObject({
      eventName: 'connect.capability-manifest',
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      sessionId: ann.principal.sessionId,
      version: 1,
      shortcuts: [],
      limits: {
        maxPayloadBytes: 1_048_576,
        messagesPerMinute: 1_000,
        maxChannel: 1_000,
        maxInFlight: 32,
      },
      manifestHash: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('[H5] lists the callable endpoints and no others', async ({ expect }) => {
    using ann = await connectToHub();
    const listed = ann.manifest.availableApis.map(
      ({ service, endpoint }) => `${service} ${endpoint}`,
    );
    expect(listed.toSorted()).toEqual(
      [
        'identity GET:/api/v1/auth/profile',
        'identity PUT:/api/v1/auth/profile',
        'identity POST:/api/v1/test/inspect',
        'identity POST:/api/v1/test/count',
        'identity GET:/api/v1/test/count',
        'identity POST:/api/v1/test/gate',
        'identity POST:/api/v1/test/status',
        'identity GET:/api/v1/test/bytes',
        'identity POST:/api/v1/test/large',
        'identity POST:/api/v1/test/throw',
        'echo POST:/echo',
        'connect POST:/connect/reauthenticate',
        'connect POST:/connect/cancel',
        'connect POST:/connect/ack',
      ].toSorted(),
    );
  });

  it('[H8] names each endpoint by a GUID of this session alone', async ({ expect }) => {
    using ann = await connectToHub();
    using bob = await connectToHub();
    const salt = await importSalt(Uint8Array.from({ length: 32 }, (_, index) => index));
    const name = { service: 'identity', endpoint: 'GET:/api/v1/auth/profile' };
    const { sessionId } = ann.principal;
    expect(ann.guid(name.endpoint)).toBe(await serviceGuid(salt, name, sessionId));
    expect(bob.guid(name.endpoint)).not.toBe(ann.guid(name.endpoint));
    expect(ann.manifest['manifestHash']).not.toBe(bob.manifest['manifestHash']);
  });

  it('[H1] refuses a request that is no upgrade, and one without a principal', async ({
    expect,
  }) => {
    const plain = await hub().fetch('https://hub.test/connect');
    const anonymous = await hub().fetch('https://hub.test/connect', {
      headers: { upgrade: 'websocket' },
    });
    expect([plain.status, anonymous.status]).toEqual([400, 401]);
    expect(await plain.json()).toMatchObject({ code: 'UPGRADE_REQUIRED' });
    expect(await anonymous.json()).toMatchObject({ code: 'AUTH_TOKEN_MISSING' });
  });

  it.for([
    ['ended', 'SESSION_TERMINATED'],
    ['expired', 'SESSION_EXPIRED'],
    ['unknown', 'SESSION_TERMINATED'],
    ['revoked', 'AUTH_TOKEN_REVOKED'],
  ] as const)('[H1] refuses a session that is %s', async ([status, code], { expect }) => {
    const principal = aPrincipal();
    FakeIdentity.statuses.set(principal.sessionId, status);
    const response = await requestUpgrade(principal);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code });
    expect(await directoryOf(principal.subject).shardsOf([principal.sessionId])).toEqual([]);
  });

  it('[H1] refuses a session that ends while it connects', async ({ expect }) => {
    const principal = aPrincipal();
    const { subject, sessionId } = principal;
    let shards: readonly string[] = [];
    // The session was live when it was checked, and ends before the socket is accepted.
    FakeIdentity.whileChecking.set(sessionId, async () => {
      shards = await directoryOf(subject).shardsOf([sessionId]);
      await hub().endSessions([sessionId], 'session_revoked');
    });
    const response = await requestUpgrade(principal);
    expect(shards).toEqual([HUB]);
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'SESSION_TERMINATED' });
    expect(await directoryOf(subject).shardsOf([sessionId])).toEqual([]);
  });

  it('[H1] answers 503 and leaves no entry while identity cannot be reached', async ({
    expect,
  }) => {
    const principal = aPrincipal();
    FakeIdentity.whileChecking.set(principal.sessionId, () =>
      Promise.reject(new Error('Cannot check: switched off by a test')),
    );
    const response = await requestUpgrade(principal);
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect(await directoryOf(principal.subject).shardsOf([principal.sessionId])).toEqual([]);
  });

  it('[H61] stores less than 2 KiB of a connection, and refuses a token that needs more', async ({
    expect,
  }) => {
    const roles = Array.from({ length: 200 }, (_, index) => `a-long-role-name-${index}`);
    expect((await requestUpgrade(aPrincipal({ roles }))).status).toBe(413);

    const principal = aPrincipal({ roles: roles.slice(0, 50) });
    using ann = await connectToHub(principal);
    expect(ann.principal).toBe(principal);
    await runInDurableObject(hub(), (_, state) => {
      const [socket] = state.getWebSockets(`s:${principal.sessionId}`);
      expect(JSON.stringify(socket?.deserializeAttachment()).length).toBeLessThan(2_048);
    });
  });

  it('[H61] closes a socket whose attachment is unreadable', async ({ expect }) => {
    using ann = await connectToHub();
    await runInDurableObject(hub(), (_, state) => {
      const [socket] = state.getWebSockets(`s:${ann.principal.sessionId}`);
      socket?.serializeAttachment({ v: 0 });
    });
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    ann.send('POST:/echo');
    expect(await ann.closed).toMatchObject({ code: 1012 });
  });

  it('[H62] keeps endpoints, counters and principal over hibernation', async ({ expect }) => {
    using ann = await connectToHub();
    await ann.call('POST:/echo');
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    const answer = await ann.call('GET:/api/v1/auth/profile');
    expect(answer.code).toBe(0);
    expect(readJson(answer)).toEqual({ subject: ann.principal.subject });
  });

  it('[H62] answers 62 when the hub wakes and cannot read the catalogue, and recovers', async ({
    expect,
  }) => {
    using ann = await connectToHub();
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    FakeIdentity.describing = false;
    expect((await ann.call('POST:/echo')).code).toBe(62);
    FakeIdentity.describing = true;
    expect((await ann.call('POST:/echo')).code).toBe(0);
  });

  it('[H18] answers a keep-alive without counting it as a message', async ({ expect }) => {
    using ann = await connectToHub();
    expect(await ann.ping()).toBe('pong');
    await runInDurableObject(hub(), (_, state) => {
      const [socket] = state.getWebSockets(`s:${ann.principal.sessionId}`);
      expect(socket?.deserializeAttachment()).toMatchObject({ rate: { count: 0 }, text: 0 });
      expect(socket && state.getWebSocketAutoResponseTimestamp(socket)).toBeInstanceOf(Date);
    });
  });
});
