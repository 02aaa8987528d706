import type { Bytes } from '../../../../shared/bytes.ts';
import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../../shared/contracts/edge/principal.ts';
import { type Answer, emptyAnswer } from '../../../../shared/hub-protocol/answer.ts';
import {
  type ResponseName,
  responseToStatus,
} from '../../../../shared/hub-protocol/response-codes.ts';
import type { Endpoint } from '../../catalogue/endpoint.ts';

/** One call of one endpoint, as a service gets it. */
export type Call = {
  readonly endpoint: Endpoint;
  readonly payload: Uint8Array;
  readonly binary: boolean;
  readonly principal: SessionPrincipal;
  readonly clientIp: string;
  readonly country: string;
  readonly correlationId: string;
  /** A span of its own in the trace of the connection. */
  readonly traceparent?: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
};

/** Answers a call. May take long; must not reject. */
export type Service = (call: Call) => Promise<Answer>;

export const carriesBody = ({ method }: Endpoint): boolean =>
  method !== 'GET' && method !== 'DELETE';

/** What a service answered, over HTTP. */
export type ServiceResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Bytes;
};

/** What the client gets of it: the payload as it came. */
export function toAnswer({ status, headers, body }: ServiceResponse): Answer {
  const name = responseToStatus(status);
  const type = headers.get('content-type') ?? '';
  if (name !== 'OK') return { ...toError(name, type, body), retryAfterMs: retryAfterOf(headers) };
  const binary = body.length > 0 && !isText(type);
  return { name, payload: body, binary, ...(type === '' ? {} : { contentType: type }) };
}

/** Only a problem document may stand in an error. */
const toError = (name: ResponseName, contentType: string, payload: Bytes): Answer =>
  contentType.startsWith('application/problem+json')
    ? { name, payload, binary: false, contentType }
    : emptyAnswer(name);

/**
 * `Retry-After` (RFC 9110 §10.2.3). A date is taken relative to the answer's own `Date`: the clock of
 * the service need not be ours.
 */
function retryAfterOf(headers: Headers): Millis | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return seconds(Number(value));
  if (!value.endsWith('GMT')) return undefined;
  const wait = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

const isText = (type: string): boolean => /^(text\/|application\/([^;]+\+)?json\b)/.test(type);
