import { evictDurableObject, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, it, vi } from 'vitest';

import { fromBase64Url, fromUtf8, utf8 } from '../../../../shared/bytes.ts';
import { QUEUE_NAME } from '../../../../shared/contracts/connect/queue-rpc.ts';
import {
  encodeUpgradeParameters,
  UPGRADE_PARAMETERS_HEADER,
  type UpgradeParameters,
} from '../../../../shared/contracts/connect/upgrade-parameters.ts';
import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type SessionPrincipal,
} from '../../../../shared/contracts/edge/principal.ts';
import type { PublicJwk } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { decodeFrame } from '../../../../shared/hub-protocol/decode-frame.ts';
import { encodeFrame } from '../../../../shared/hub-protocol/encode-frame.ts';
import { importConnectSalts } from '../../../../shared/tokens/connect-salts.ts';
import { readReconnectionToken } from '../../../../shared/tokens/reconnection-token.ts';
import { FakeKeys } from '../../../support/fake-keys.ts';
import { aPrincipal, HUB } from '../../../support/hub-fixture.ts';
import { aSigner, forge, goodHeader, ISSUER } from '../../../support/jws-forge.ts';

const queue = () => env.QUEUES.getByName(QUEUE_NAME);
const hub = () => env.HUBS.getByName(HUB);

beforeEach(async () => {
  await queue().change({ capacity: 100 });
});

/** Takes a seat and then connects, as the connect Worker does. */
async function connect(principal = aPrincipal()) {
  const { sessionId, expiresAt } = principal;
  const answer = await queue().ask(sessionId);
  const holder = crypto.randomUUID();
  const grantId = answer.as === 'granted' ? answer.grantId : undefined;
  await queue().takeSeat({ sessionId, grantId, holder, until: (expiresAt + 90) * 1_000 });
  return open(principal, holder, { [PRINCIPAL_HEADER]: encodePrincipal(principal) });
}

/** Connects with the reconnection token alone, of which the Worker does not know the expiry. */
async function comeBack({ principal, manifest }: Client) {
  const { reconnectionToken } = JSON.parse(fromUtf8(manifest)) as { reconnectionToken: string };
  const salt = fromBase64Url(env.SERVICE_GUID_SALT) ?? new Uint8Array();
  const reconnection = await readReconnectionToken(
    await importConnectSalts([salt]),
    reconnectionToken,
  );
  const { sessionId } = principal;
  const holder = crypto.randomUUID();
  const until = Date.now() + 90_000;
  await queue().takeSeat({ sessionId, grantId: undefined, holder, until });
  return open(principal, holder, {}, reconnection);
}

async function open(
  principal: SessionPrincipal,
  holder: string,
  headers: Record<string, string>,
  reconnection?: UpgradeParameters['reconnection'],
) {
  const parameters = encodeUpgradeParameters({ seat: holder, reconnection });
  const { webSocket } = await hub().fetch('https://hub.test/connect', {
    headers: { upgrade: 'websocket', [UPGRADE_PARAMETERS_HEADER]: parameters, ...headers },
  });
  if (webSocket === null) throw new Error('Cannot connect');
  webSocket.binaryType = 'arraybuffer';
  const manifest = Promise.withResolvers<Uint8Array>();
  webSocket.addEventListener('message', ({ data }) => {
    if (data instanceof ArrayBuffer) manifest.resolve(payloadOf(data));
  });
  webSocket.accept();
  return { socket: webSocket, holder, principal, manifest: await manifest.promise };
}
type Client = Awaited<ReturnType<typeof connect>>;

function payloadOf(data: ArrayBuffer): Uint8Array {
  const frame = decodeFrame(data);
  if (!frame.ok) throw new Error('Cannot read what the hub sent');
  return frame.value.payload;
}

/** Whether the connection still holds its seat. Extending it by nothing tells. */
const holds = ({ principal, holder }: Client) =>
  queue().renewSeat(principal.sessionId, holder, (principal.expiresAt + 90) * 1_000);

describe('a connection with a seat', () => {
  it('[H90] keeps the seat over hibernation, and frees it when the client closes', async ({
    expect,
  }) => {
    const ann = await connect();
    const { socket, principal } = ann;
    await evictDurableObject(hub(), { webSockets: 'hibernate' });
    expect(await holds(ann)).toBe(true);
    socket.close(1000);
    await vi.waitFor(async () => expect(await holds(ann)).toBe(false));
    // The session keeps its place for a while.
    const again = {
      sessionId: principal.sessionId,
      grantId: undefined,
      holder: 'h',
      until: Infinity,
    };
    expect(await queue().takeSeat({ ...again, until: Date.now() + 60_000 })).toBe(true);
  });

  it('[H90] frees the seat when the hub closes it', async ({ expect }) => {
    const ann = await connect();
    await hub().endSessions([ann.principal.sessionId], 'session_revoked');
    await vi.waitFor(async () => expect(await holds(ann)).toBe(false));
  });

  it('[H90] leaves the seat to a newer connection of its session', async ({ expect }) => {
    const older = await connect();
    const newer = await connect(older.principal);
    await vi.waitFor(() => expect(older.socket.readyState).not.toBe(WebSocket.OPEN));
    expect([await holds(older), await holds(newer)]).toEqual([false, true]);
    newer.socket.close(1000);
  });

  it('[H91] extends the seat with a newer token', async ({ expect }) => {
    const signer = await aSigner('ES256');
    FakeKeys.published = [signer.jwk as PublicJwk];
    const ann = await connect(aPrincipal({ expiresAt: Math.floor(Date.now() / 1_000) + 60 }));
    const expiresAt = ann.principal.expiresAt + 900;
    const accessToken = await forge(signer, goodHeader(signer), claimsOf(ann.principal, expiresAt));
    const seatUntil = () => seatOf(ann.principal.sessionId);
    expect(await seatUntil()).toBe((ann.principal.expiresAt + 90) * 1_000);
    ann.socket.send(reauthenticate(ann, accessToken));
    await vi.waitFor(async () => expect(await seatUntil()).toBe((expiresAt + 90) * 1_000));
    ann.socket.close(1000);
  });

  it('[H91] extends the seat to the expiry of the stream’s token when it came back with a reconnection token', async ({
    expect,
  }) => {
    const ann = await connect();
    const again = await comeBack(ann);
    const until = (ann.principal.expiresAt + 90) * 1_000;
    await vi.waitFor(async () => expect(await seatOf(ann.principal.sessionId)).toBe(until));
    expect([await holds(ann), await holds(again)]).toEqual([false, true]);
    again.socket.close(1000);
  });
});

function seatOf(sessionId: string): Promise<number | undefined> {
  return runInDurableObject(queue(), (_, { storage }) => {
    const rows = storage.sql.exec<{ until: number }>(
      'SELECT until FROM entries WHERE session_id = ?',
      sessionId,
    );
    return rows.toArray()[0]?.until;
  });
}

const claimsOf = (principal: SessionPrincipal, exp: number) => ({
  iss: ISSUER,
  aud: ISSUER,
  sub: principal.subject,
  sid: principal.sessionId,
  client_id: principal.clientId,
  jti: principal.tokenId,
  scope: principal.scopes.join(' '),
  roles: principal.roles,
  iat: Math.floor(Date.now() / 1_000) - 10,
  exp,
});

function reauthenticate({ manifest }: Client, accessToken: string): Uint8Array {
  const { availableApis } = JSON.parse(fromUtf8(manifest)) as {
    availableApis: { endpoint: string; serviceId: string }[];
  };
  const api = availableApis.find(({ endpoint }) => endpoint === 'POST:/connect/reauthenticate');
  return encodeFrame({
    kind: 'request',
    flags: 0,
    channel: 0,
    sequence: 1,
    guid: api?.serviceId ?? '',
    messageId: 1n,
    payload: utf8(JSON.stringify({ accessToken })),
  });
}
