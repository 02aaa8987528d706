/** The connect Worker in front of the hubs of the test, as `edge` reaches it. */
import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';

import type { ClientEvent, EventTarget } from '../../shared/contracts/connect/client-event.ts';
import { directoryName } from '../../shared/contracts/connect/connect-rpc.ts';
import type { Published } from '../../shared/contracts/connect/hub-rpc.ts';
import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type SessionPrincipal,
} from '../../shared/contracts/edge/principal.ts';
import { serve } from '../../workers/connect/worker.ts';
import { aPrincipal, clientOf, HUB, type SessionClient } from './hub-fixture.ts';

export type Coming = {
  /** Of the access token that `edge` judged. */
  readonly principal?: SessionPrincipal;
  /** A reconnection token. */
  readonly token?: string;
  readonly lastSequence?: number | string;
  readonly ticket?: string;
  /** The hash of a manifest. */
  readonly manifest?: string;
  readonly headers?: Record<string, string>;
  readonly env?: Partial<ConnectEnv>;
};

/** What a client that comes is answered. */
export function come(coming: Coming): Promise<Response> {
  const url = new URL('https://id.example.test/connect');
  if (coming.lastSequence !== undefined) {
    url.searchParams.set('lastSequence', String(coming.lastSequence));
  }
  if (coming.ticket !== undefined) url.searchParams.set('ticket', coming.ticket);
  if (coming.manifest !== undefined) url.searchParams.set('manifest', coming.manifest);
  const headers = new Headers({ upgrade: 'websocket', ...coming.headers });
  if (coming.principal !== undefined) {
    headers.set(PRINCIPAL_HEADER, encodePrincipal(coming.principal));
  }
  if (coming.token !== undefined) headers.set('authorization', `Reconnect ${coming.token}`);
  return ask(new Request(url, { headers }), coming.env);
}

/** Asks the Worker as `edge` does. An answer that is no socket is read: an unread one delays eviction. */
export async function ask(request: Request, change: Partial<ConnectEnv> = {}): Promise<Response> {
  const context = { ...createExecutionContext(), props: { caller: 'edge' } };
  const response = await serve(request, { ...env, ...change }, context);
  return response.webSocket === null ? new Response(await response.text(), response) : response;
}

/** Hubs that remember who came to them. */
export function watchedHubs() {
  const reached: { readonly name: string; readonly request: Request }[] = [];
  const getByName = (name: string) => {
    const stub = env.HUBS.getByName(name);
    const fetch = (request: Request) => {
      reached.push({ name, request });
      return stub.fetch(request);
    };
    return { ...stub, fetch };
  };
  return { reached, env: { HUBS: { getByName } as unknown as ConnectEnv['HUBS'] } };
}

/** A client that comes, or comes back. */
export async function coming(how: Coming, principal = how.principal ?? aPrincipal()) {
  return clientOf(await come(how), principal);
}

/** The reconnection token that a client was given. */
export const tokenOf = ({ manifest }: SessionClient): string =>
  String(manifest['reconnectionToken']);

/** An event that is kept. */
export const anEvent = (
  target: EventTarget,
  eventId: string,
  change: Partial<ClientEvent> = {},
): ClientEvent => ({
  eventId,
  eventName: 'test.event',
  timestamp: '2026-11-25T00:00:00.000Z',
  target,
  payload: {},
  ephemeral: false,
  ...change,
});

export const hub = () => env.HUBS.getByName(HUB);

export const shardsOf = ({ subject, sessionId }: SessionPrincipal): Promise<readonly string[]> =>
  env.DIRECTORIES.getByName(directoryName(subject)).shardsOf([sessionId]);

/** Status and code of a refusal. */
export async function refusalOf(response: Response): Promise<readonly [number, unknown]> {
  const { code } = await response.json<{ code?: string }>();
  return [response.status, code];
}

/** Tells a session something, an event for each name. */
export const tell = (session: string, ...names: readonly string[]): Promise<Published> =>
  hub().publish(names.map((name) => anEvent({ session }, `${session}/${name}`)));

/** Its connection breaks, and the hub has noticed. */
export async function lose(client: SessionClient): Promise<void> {
  client.close(4999);
  await client.closed;
}

/** Runs the hub's alarm as if everything were due. */
export async function due(): Promise<void> {
  await runInDurableObject(hub(), async (_, { storage }) => {
    storage.sql.exec('UPDATE _timers SET at = 1');
    await storage.setAlarm(Date.now() + 600_000);
  });
  await runDurableObjectAlarm(hub());
}
