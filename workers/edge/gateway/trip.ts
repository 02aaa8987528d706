import type { Background } from '../../../shared/cache/refresher.ts';
import type { Millis } from '../../../shared/clock.ts';
import type { RequestIds } from '../../../shared/http/problem.ts';
import { networkOf } from '../../../shared/rate-limits/network-of.ts';
import { continueTrace, TRACEPARENT, type Trace } from '../../../shared/telemetry/trace-context.ts';
import { clientAddress } from '../limits/client-address.ts';
import type { Runtime } from '../ports.ts';
import { findRoute, type Route } from './routes.ts';

/** A request and what the gateway found out about it. */
export type Trip = RequestIds & {
  readonly request: Request;
  readonly url: URL;
  /** `undefined` if no route has the path. */
  readonly route: Route | undefined;
  readonly now: Millis;
  readonly trace: Trace;
  readonly clientIp: string;
  /** The network that rate limits count as one client. */
  readonly network: string;
  readonly background: Background;
};

export function beginTrip(
  request: Request,
  background: Background,
  { clock, randomBytes }: Runtime,
  correlationId: string,
): Trip {
  const url = new URL(request.url);
  const clientIp = clientAddress(request);
  return {
    request,
    url,
    route: findRoute(url.pathname),
    now: clock(),
    correlationId,
    instance: url.pathname,
    trace: continueTrace(request.headers.get(TRACEPARENT), randomBytes),
    clientIp,
    network: networkOf(clientIp),
    background,
  };
}
