import type { Millis } from '../../../../shared/clock.ts';
import {
  CLIENT_IP_HEADER,
  CORRELATION_HEADER,
  COUNTRY_HEADER,
  encodePrincipal,
  PRINCIPAL_HEADER,
} from '../../../../shared/contracts/edge/principal.ts';
import { emptyAnswer } from '../../../../shared/hub-protocol/answer.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import { TRACEPARENT } from '../../../../shared/telemetry/trace-context.ts';
import { Deadline } from '../deadline.ts';
import { type Call, carriesBody, type Service, toAnswer } from './service.ts';

type Options = { readonly timeout: Millis; readonly log: Log };

/** A first-party service behind a binding: HTTP with the payload as it came [H26]. */
export function boundService(binding: Pick<Fetcher, 'fetch'>, { timeout, log }: Options): Service {
  return async (call) => {
    using deadline = new Deadline(timeout, call.signal);
    try {
      // The body is read inside the `try`, so that the deadline covers it.
      const response = await binding.fetch(toRequest(call, deadline.signal));
      const body = new Uint8Array(await response.arrayBuffer());
      return toAnswer({ status: response.status, headers: response.headers, body });
    } catch (error) {
      if (deadline.signal.aborted) return emptyAnswer('Service_Timeout');
      const { endpoint, correlationId } = call;
      const { service, path } = endpoint;
      log({
        event: 'hub.service_failed',
        level: 'error',
        correlationId,
        service,
        path,
        error: String(error),
      });
      return emptyAnswer('Service_Unavailable');
    }
  };
}

function toRequest(call: Call, signal: AbortSignal): Request {
  const { endpoint, payload, binary } = call;
  const headers = new Headers({
    [PRINCIPAL_HEADER]: encodePrincipal(call.principal),
    [CORRELATION_HEADER]: call.correlationId,
    [CLIENT_IP_HEADER]: call.clientIp,
    [COUNTRY_HEADER]: call.country,
    ...(call.traceparent === undefined ? {} : { [TRACEPARENT]: call.traceparent }),
    accept: 'application/json, application/problem+json',
  });
  // A redirect is not followed: it counts as the service's failure.
  const options = { method: endpoint.method, headers, signal, redirect: 'manual' } as const;
  // The binding decides which Worker answers. The host is there because a URL needs one.
  const url = `https://${endpoint.service}.internal${endpoint.path}`;
  if (!carriesBody(endpoint) || payload.length === 0) return new Request(url, options);
  headers.set('content-type', binary ? 'application/octet-stream' : 'application/json');
  return new Request(url, { ...options, body: new Uint8Array(payload) });
}
