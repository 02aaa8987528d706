import type { Millis } from '../../../../shared/clock.ts';
import { CORRELATION_HEADER } from '../../../../shared/contracts/edge/principal.ts';
import type { FetchFault, SafeFetch, SafeRequest } from '../../../../shared/http/safe-fetch.ts';
import { type Answer, emptyAnswer } from '../../../../shared/hub-protocol/answer.ts';
import type { ResponseName } from '../../../../shared/hub-protocol/response-codes.ts';
import type { Log } from '../../../../shared/telemetry/log.ts';
import { TRACEPARENT } from '../../../../shared/telemetry/trace-context.ts';
import type { Remote } from '../../catalogue/endpoint.ts';
import { Deadline } from '../deadline.ts';
import { type Call, carriesBody, type Service, toAnswer } from './service.ts';
import type { ServiceTokens } from './tokens.ts';

export type RegisteredServiceNeeds = {
  readonly fetchSafely: SafeFetch;
  readonly tokens: Pick<ServiceTokens, 'for'>;
  readonly timeout: Millis;
  readonly log: Log;
};

/** Bytes of a response. */
const LARGEST_ANSWER = 4 * 1_024 ** 2;

/** A registered service: HTTPS with a token for its audience and the payload as it came [H35]. */
export const registeredService =
  ({ fetchSafely, tokens, timeout, log }: RegisteredServiceNeeds) =>
  ({ baseUrl, audience }: Remote): Service =>
  async (call) => {
    using deadline = new Deadline(timeout, call.signal);
    const token = await tokens.for(call.principal, call.endpoint.service, audience);
    const request = { ...toRequest(call, token), signal: deadline.signal };
    const answered = await fetchSafely(`${baseUrl}${call.endpoint.path}`, request);
    if (answered.ok) return toAnswer(answered.value);
    if (deadline.signal.aborted) return emptyAnswer('Service_Timeout');
    return failed(call, answered.error, log);
  };

/** No internal header is sent: the token carries the principal, for this service alone. */
function toRequest(call: Call, token: string): SafeRequest {
  const { endpoint, payload, binary, correlationId, traceparent } = call;
  const hasBody = carriesBody(endpoint) && payload.length > 0;
  const type = binary ? 'application/octet-stream' : 'application/json';
  return {
    method: endpoint.method,
    accept: 'application/json, application/problem+json, */*',
    headers: {
      authorization: `Bearer ${token}`,
      [CORRELATION_HEADER]: correlationId,
      ...(traceparent === undefined ? {} : { [TRACEPARENT]: traceparent }),
      ...(hasBody ? { 'content-type': type } : {}),
    },
    ...(hasBody ? { body: new Uint8Array(payload) } : {}),
    maxBytes: LARGEST_ANSWER,
  };
}

function failed({ endpoint, correlationId }: Call, fault: FetchFault, log: Log): Answer {
  const { service, path } = endpoint;
  const event = 'hub.service_failed';
  log({ event, level: 'warn', correlationId, service, path, error: fault.reason });
  return emptyAnswer(FAULT_RESPONSES[fault.reason]);
}

/** A response that is refused is the service's failure. Without one the service is unavailable. */
const FAULT_RESPONSES: Readonly<Record<FetchFault['reason'], ResponseName>> = {
  redirect: 'Service_InternalServerError',
  too_large: 'Service_InternalServerError',
  unreachable: 'Service_Unavailable',
  unsafe_url: 'Service_Unavailable',
};
