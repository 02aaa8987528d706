/** The connect Worker in front of the hubs of the test, as `edge` reaches it. */

import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import type { ClientEvent, EventTarget } from '../../shared/contracts/connect/client-event.ts';
import { directoryName } from '../../shared/contracts/connect/connect-rpc.ts';
import type { Published } from '../../shared/contracts/connect/hub-rpc.ts';
import {
  encodePrincipal,
  PRINCIPAL_HEADER,
  type Principal,
  type SessionPrincipal,
} from '../../shared/contracts/edge/principal.ts';
import { serve } from '../../workers/connect/worker.ts';
import { aPrincipal, clientOf, HUB, type SessionClient } from './hub-fixture.ts';

export type ConnectRequest = {
  /** The principal of the access token that `edge` verified. */
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

/** Sends the upgrade request of a client, as `edge` passes it on. */
export function requestConnect(request: ConnectRequest): Promise<Response> {
  const url = new URL('https://id.example.test/connect');
  for (const name of ['lastSequence', 'ticket', 'manifest'] as const) {
    const value = request[name];
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers = new Headers({ upgrade: 'websocket', ...request.headers });
  if (request.principal !== undefined) {
    headers.set(PRINCIPAL_HEADER, encodePrincipal(request.principal));
  }
  if (request.token !== undefined) headers.set('authorization', `Reconnect ${request.token}`);
  return ask(new Request(url, { headers }), request.env);
}

/** Asks the Worker as `edge` does. The body of a refusal is read, because an unread one delays eviction. */
export async function ask(request: Request, change: Partial<ConnectEnv> = {}): Promise<Response> {
  const context = { ...createExecutionContext(), props: { caller: 'edge' } };
  const response = await serve(request, { ...env, ...change }, context);
  return response.webSocket === null ? new Response(await response.text(), response) : response;
}

/** Hubs that record the requests that reach them. */
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

/** A client that connects, or comes back. */
export async function connectClient(
  how: ConnectRequest,
  principal = how.principal ?? aPrincipal(),
) {
  return clientOf(await requestConnect(how), principal);
}

/** The reconnection token that a client was given. */
export const tokenOf = ({ manifest }: SessionClient): string =>
  String(manifest['reconnectionToken']);

/** An event that is logged. */
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

export const hubsOf = ({ subject, sessionId }: SessionPrincipal): Promise<readonly string[]> =>
  env.DIRECTORIES.getByName(directoryName(subject)).shardsOf([sessionId]);

/** Status and code of a refusal. */
export async function refusalOf(response: Response): Promise<readonly [number, unknown]> {
  const { code } = await response.json<{ code?: string }>();
  return [response.status, code];
}

/** Publishes an event to a session for each name. */
export const publishTo = (session: string, ...names: readonly string[]): Promise<Published> =>
  hub().publish(names.map((name) => anEvent({ session }, `${session}/${name}`)));

/** Breaks a connection, and waits until the hub has noticed. */
export async function loseConnection(client: SessionClient): Promise<void> {
  client.close(4999);
  await client.closed;
}

/** Runs the hub's alarm as if every timer were due. */
export async function runHubAlarm(): Promise<void> {
  await runInDurableObject(hub(), async (_, { storage }) => {
    storage.sql.exec('UPDATE _timers SET at = 1');
    await storage.setAlarm(Date.now() + 600_000);
  });
  await runDurableObjectAlarm(hub());
}

/** The principal of a service's own token. */
export const SERVICE: Principal = {
  ...aPrincipal({ scopes: ['connect:publish'], roles: [] }),
  sessionId: null,
};
export const ADMINISTRATOR: Principal = aPrincipal({ roles: ['user', 'admin'] });

export type ConnectReply = {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test reads any shape and asserts it
  readonly json: any;
};

/** Asks the connect Worker as `edge` does, under `/api/v1/connect`. */
export async function callConnect(
  path: string,
  principal: Principal | undefined,
  body?: unknown,
  change: Partial<ConnectEnv> = {},
  method = body === undefined ? 'GET' : 'POST',
): Promise<ConnectReply> {
  const request = new Request(`https://id.example.test/api/v1/connect${path}`, {
    method,
    headers: {
      ...(principal === undefined ? {} : { [PRINCIPAL_HEADER]: encodePrincipal(principal) }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const context = { ...createExecutionContext(), props: { caller: 'edge' } };
  const response = await serve(request, { ...env, ...change }, context);
  const text = await response.text();
  const json = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, json };
}
