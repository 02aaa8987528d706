import {
  CLIENT_IP_HEADER,
  CORRELATION_HEADER,
  COUNTRY_HEADER,
  hasSession,
  PRINCIPAL_HEADER,
  readAuthFailure,
  readPrincipal,
} from '../../shared/contracts/principal.ts';
import { Problem } from '../../shared/http/problem.ts';
import { negotiateSubprotocol } from '../../shared/hub-protocol/subprotocol.ts';
import { readConfig } from './config.ts';
import { hubName, regionOf } from './shard.ts';

export type SocketEnv = Pick<ConnectEnv, 'HUB_SHARDS'> & {
  readonly HUBS: Pick<DurableObjectNamespace, 'getByName'>;
};

/**
 * Hands the upgrade to a hub. Its 101 goes back untouched, or the socket could not hibernate.
 *
 * @throws {Problem} `METHOD_NOT_ALLOWED`, `UPGRADE_REQUIRED`, `AUTH_*`, `AUTHZ_DENIED`
 */
export async function openSocket(request: Request, env: SocketEnv): Promise<Response> {
  if (request.method !== 'GET') throw new Problem('METHOD_NOT_ALLOWED');
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new Problem('UPGRADE_REQUIRED');
  }
  const principal = readPrincipal(request.headers);
  if (principal === undefined) throw new Problem(readAuthFailure(request.headers));
  if (!hasSession(principal)) throw new Problem('AUTHZ_DENIED', WITHOUT_SESSION);

  const { shards } = readConfig(env);
  const name = hubName(regionOf(request.cf), principal.sessionId, shards);
  return env.HUBS.getByName(name).fetch(toHubRequest(request));
}

const WITHOUT_SESSION = {
  detail: 'A connection belongs to a session, and this access token to none: sign a user in',
};

/** Only what a hub reads: no credential goes further than here. */
function toHubRequest({ url, headers }: Request): Request {
  const forwarded = new Headers({ upgrade: 'websocket' });
  for (const name of [PRINCIPAL_HEADER, CLIENT_IP_HEADER, COUNTRY_HEADER, CORRELATION_HEADER]) {
    const value = headers.get(name);
    if (value !== null) forwarded.set(name, value);
  }
  const subprotocol = negotiateSubprotocol(headers.get('sec-websocket-protocol'));
  if (subprotocol !== undefined) forwarded.set('sec-websocket-protocol', subprotocol);
  return new Request(new URL('/connect', url), { headers: forwarded });
}
