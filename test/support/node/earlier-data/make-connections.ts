import { ApiClient } from '../api-client.ts';
import { StreamClient } from '../stream-client.ts';
import { postForm } from './code-flow.ts';
import type { Account, ConnectionHoldings, Session, Stream } from './holdings.ts';
import { expectStatus, sessionIn, type Target } from './make-accounts.ts';
import { createClient } from './make-grants.ts';

const CAPACITY = 2;
const ENDPOINT = {
  method: 'GET',
  path: '/board',
  permission: { roles: ['moderator'], scopes: [] },
};

/** The registration of the game's service. */
export const gameService = (baseUrl: string) => ({
  baseUrl,
  endpoints: [ENDPOINT],
});

/**
 * Registers a service, connects two of three users, and binds a shortcut for one of them. Call it last,
 * because streams are stored for minutes only.
 */
export async function makeConnections(target: Target): Promise<ConnectionHoldings> {
  const game = await makeGame(target);
  const service = await serviceToken(target.url, game);
  const api = new ApiClient(target.url);
  const change = { token: target.admin, method: 'PUT', body: { capacity: CAPACITY } };
  await expectStatus(200, api.call('/api/v1/connect/queue', change));

  const [ann, bob] = [await join(api, target), await join(api, target)];
  const { sessionId } = ann.session;
  const body = { sessionId, name: 'board', service: 'game', endpoint: 'GET:/board' };
  const bind = { token: service, method: 'PUT', body };
  const { json } = await expectStatus(200, api.call('/api/v1/connect/shortcuts', bind));
  await publish(api, service, sessionId, 'heard');
  await ann.client.until('heard');
  ann.client.breakOff();
  const missed = ['missed-1', 'missed-2'];
  await publish(api, service, sessionId, ...missed);
  return {
    game,
    ann: { ...streamOf(ann, missed), shortcutId: String(json.shortcutId) },
    bob: streamOf(bob, []),
    cleo: await waitInQueue(api),
    capacity: CAPACITY,
  };
}

async function makeGame(target: Target) {
  const game = await createClient(target, {
    client_name: 'Game',
    redirect_uris: [],
    response_types: [],
    grant_types: ['client_credentials'],
    scope: 'connect:register connect:publish',
  });
  const token = await serviceToken(target.url, game);
  // No server is at this address.
  const body = { name: 'game', ...gameService('http://127.0.0.1:9') };
  const answer = new ApiClient(target.url).call('/api/v1/connect/services', { token, body });
  await expectStatus(201, answer);
  return game;
}

/** An access token of the game itself. */
export async function serviceToken(url: string, game: ConnectionHoldings['game']): Promise<string> {
  const form = { grant_type: 'client_credentials', scope: 'connect:register connect:publish' };
  const { body } = await postForm(`${url}/oauth2/token`, game, form);
  return body['access_token'] ?? '';
}

type Joined = {
  readonly account: Account;
  readonly session: Session;
  readonly client: StreamClient;
};

async function join(api: ApiClient, { url }: Target): Promise<Joined> {
  const reply = await register(api);
  const { accessToken } = reply.session;
  const { grant } = await requestAccess(api, accessToken);
  const client = new StreamClient(url, accessToken);
  client.grant = grant;
  await client.connect();
  return { ...reply, client };
}

async function register(api: ApiClient): Promise<Omit<Joined, 'client'>> {
  const { accountId, email, password } = await api.register();
  const session = sessionIn(await expectStatus(200, api.login({ email, password })));
  return { account: { accountId, email, password }, session };
}

type Access = { readonly granted: boolean; readonly grant?: string; readonly ticket?: string };

async function requestAccess(api: ApiClient, token: string): Promise<Access> {
  const answer = api.call('/queue/request-access', { token, body: {} });
  return (await expectStatus(200, answer)).json as Access;
}

async function waitInQueue(api: ApiClient): Promise<ConnectionHoldings['cleo']> {
  const { session } = await register(api);
  const { ticket } = await requestAccess(api, session.accessToken);
  if (ticket === undefined) throw new Error('Cannot wait: access was granted');
  return { ...session, ticket };
}

async function publish(
  api: ApiClient,
  token: string,
  sessionId: string,
  ...eventIds: readonly string[]
): Promise<void> {
  const events = eventIds.map((eventId) => ({
    target: { sessionId },
    eventName: 'game.moved',
    payload: { eventId },
    eventId,
  }));
  await expectStatus(202, api.call('/api/v1/connect/events', { token, body: { events } }));
}

function streamOf({ account, session, client }: Joined, missed: readonly string[]): Stream {
  const { place } = client;
  return { account, session, place, missed, ...guidsOf(client) };
}

export function guidsOf({ manifest }: StreamClient): Pick<Stream, 'guids' | 'peerGuid'> {
  const apis = manifest?.['availableApis'] as readonly Record<string, string>[];
  const guids = apis.map(({ service, endpoint, serviceId }) => [
    `${service} ${endpoint}`,
    serviceId,
  ]);
  return { guids: Object.fromEntries(guids), peerGuid: String(manifest?.['peerGuid']) };
}
