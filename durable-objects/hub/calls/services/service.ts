import type { Bytes } from '../../../../shared/bytes.ts';
import { type Millis, seconds } from '../../../../shared/clock.ts';
import type { SessionPrincipal } from '../../../../shared/contracts/edge/principal.ts';
import { type Answer, emptyAnswer } from '../../../../shared/hub-protocol/answer.ts';
import {
  type ResponseName,
  responseToStatus,
} from '../../../../shared/hub-protocol/response-codes.ts';
import type { Endpoint } from '../../catalogue/endpoint.ts';

/** One call of one endpoint. */
export type Call = {
  readonly endpoint: Endpoint;
  readonly payload: Uint8Array;
  readonly binary: boolean;
  readonly principal: SessionPrincipal;
  readonly clientIp: string;
  readonly country: string;
  readonly correlationId: string;
  /** A new span in the trace of the connection. Absent for calls by name. */
  readonly traceparent?: string;
  /** Aborted when the client cancels the call. */
  readonly signal?: AbortSignal;
};

/** Answers a call. Must not reject. */
export type Service = (call: Call) => Promise<Answer>;

export const carriesBody = ({ method }: Endpoint): boolean =>
  method !== 'GET' && method !== 'DELETE';

/** The HTTP response of a service. */
export type ServiceResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Bytes;
};

/** The answer to the client: the payload as it came, and the code of the status [H25]. */
export function toAnswer({ status, headers, body }: ServiceResponse): Answer {
  const name = responseToStatus(status);
  const type = headers.get('content-type') ?? '';
  if (name !== 'OK') return { ...toError(name, type, body), retryAfterMs: retryAfterOf(headers) };
  const binary = body.length > 0 && !isText(type);
  return { name, payload: body, binary, ...(type === '' ? {} : { contentType: type }) };
}

/** Of an error's payload only a problem document is passed on. */
const toError = (name: ResponseName, contentType: string, payload: Bytes): Answer =>
  contentType.startsWith('application/problem+json')
    ? { name, payload, binary: false, contentType }
    : emptyAnswer(name);

/**
 * `Retry-After` (RFC 9110 §10.2.3). A date is compared with the response's own `Date`, because the
 * clock of the service may differ from ours.
 */
function retryAfterOf(headers: Headers): Millis | undefined {
  const value = headers.get('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return seconds(Number(value));
  if (!value.endsWith('GMT')) return undefined;
  const wait = Date.parse(value) - Date.parse(headers.get('date') ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(0, wait);
}

const isText = (type: string): boolean => /^(text\/|application\/([^;]+\+)?json\b)/.test(type);
