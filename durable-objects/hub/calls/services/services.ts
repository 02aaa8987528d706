import type { Clock } from '../../../../shared/clock.ts';
import type { KeysRpc } from '../../../../shared/contracts/keys/keys-rpc.ts';
import { safeFetch } from '../../../../shared/http/safe-fetch.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import type { Endpoint } from '../../catalogue/endpoint.ts';
import { CALL_TIMEOUT } from '../deadline.ts';
import { Breakers } from './breaker.ts';
import { boundService } from './first-party.ts';
import { registeredService } from './registered.ts';
import type { Service } from './service.ts';
import { ServiceTokens } from './tokens.ts';

export type ServicesNeeds = {
  readonly identity: Pick<Fetcher, 'fetch'>;
  readonly keys: Pick<KeysRpc, 'signJwt'>;
  readonly issuer: string;
  /** Whether registered services may be on this machine. */
  readonly allowLoopback: boolean;
  readonly clock: Clock;
  readonly log: Log;
};

/**
 * Returns the service of an endpoint, behind its breaker. `undefined` for the hub's own endpoints that
 * are about a connection.
 */
export function servicesOf(needs: ServicesNeeds): (endpoint: Endpoint) => Service | undefined {
  const identity = boundService(needs.identity, { timeout: CALL_TIMEOUT, log: needs.log });
  const registered = registeredServices(needs);
  const breakers = new Breakers(needs.clock);
  return ({ service, remote }) => {
    if (remote !== undefined) return breakers.guard(service, registered(remote));
    if (service === 'echo') return echo;
    return service === 'connect' ? undefined : breakers.guard(service, identity);
  };
}

function registeredServices({ keys, issuer, allowLoopback, clock, log }: ServicesNeeds) {
  return registeredService({
    fetchSafely: safeFetch({ issuer, allowLoopback, fetch: (...request) => fetch(...request) }),
    tokens: new ServiceTokens({ keys, issuer, clock, newId: () => crypto.randomUUID() }),
    timeout: CALL_TIMEOUT,
    log,
  });
}

/** Only calls by name come here: the echo over a socket is answered before it is called. */
const echo: Service = async ({ payload, binary }) => ({ name: 'OK', payload, binary });
