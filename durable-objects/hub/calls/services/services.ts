import { type Clock, seconds } from '../../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../../shared/contracts/edge/principal.ts';
import type { KeysRpc } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { safeFetch } from '../../../../shared/http/safe-fetch.ts';
import { emptyAnswer, jsonAnswer } from '../../../../shared/hub-protocol/answer.ts';
import { consoleLog } from '../../../../shared/telemetry/log.ts';
import type { Endpoint } from '../../catalogue/endpoint.ts';
import type { Connection } from '../../connections/connection.ts';
import { type Authorities, newPrincipal, type TokenSettings } from '../reauthenticate.ts';
import { Breakers } from './breaker.ts';
import { boundService } from './first-party.ts';
import { registeredService } from './registered.ts';
import type { Service } from './service.ts';
import { ServiceTokens } from './tokens.ts';

const CALL_TIMEOUT = seconds(30);

export type ServicesApartDeps = {
  readonly env: { readonly IDENTITY: Pick<Fetcher, 'fetch'> };
  readonly settings: { readonly issuer: string; readonly allowLoopback: boolean };
  readonly keys: Pick<KeysRpc, 'signJwt'>;
  readonly clock: Clock;
};

/** Who answers without a connection; `undefined` for what is about one. */
export type ServicesApart = (endpoint: Endpoint) => Service | undefined;

export type HubServicesDeps = {
  readonly apart: ServicesApart;
  readonly settings: TokenSettings;
  readonly authorities: Authorities;
  readonly clock: Clock;
  /** A principal with the roles that its user has now. */
  readonly currentOf: (principal: SessionPrincipal) => Promise<SessionPrincipal>;
  /** The connection goes on under a new token. */
  readonly onReauthenticated: (connection: Connection) => Promise<void>;
};

/** Who answers the calls of an endpoint. */
export function hubServices(
  deps: HubServicesDeps,
): (endpoint: Endpoint, connection: Connection) => Service {
  return (endpoint, connection) => deps.apart(endpoint) ?? reauthentication(connection, deps);
}

export function servicesApart(deps: ServicesApartDeps): ServicesApart {
  const identity = boundService(deps.env.IDENTITY, { timeout: CALL_TIMEOUT, log: consoleLog });
  const registered = registeredServices(deps);
  const breakers = new Breakers(deps.clock);
  return ({ service, remote }) => {
    if (remote !== undefined) return breakers.guard(service, registered(remote));
    if (service === 'echo') return echo;
    return service === 'connect' ? undefined : breakers.guard(service, identity);
  };
}

function registeredServices({ settings, keys, clock }: ServicesApartDeps) {
  const { issuer, allowLoopback } = settings;
  return registeredService({
    fetchSafely: safeFetch({ issuer, allowLoopback, fetch: (...request) => fetch(...request) }),
    tokens: new ServiceTokens({ keys, issuer, clock, newId: () => crypto.randomUUID() }),
    timeout: CALL_TIMEOUT,
    log: consoleLog,
  });
}

/** For calls by name: the one over a socket is answered before it comes here. */
const echo: Service = async ({ payload, binary }) => ({ name: 'OK', payload, binary });

function reauthentication(connection: Connection, deps: HubServicesDeps): Service {
  const { settings, authorities, clock, currentOf, onReauthenticated } = deps;
  return async ({ payload, principal: old }) => {
    const principal = await newPrincipal(payload, old, settings, authorities, clock());
    if (!principal.ok) return emptyAnswer(principal.error);
    const current = await currentOf(principal.value);
    if (!connection.reauthenticate(current)) return emptyAnswer('Service_BadRequest');
    await onReauthenticated(connection);
    return jsonAnswer({ expiresAt: principal.value.expiresAt });
  };
}
