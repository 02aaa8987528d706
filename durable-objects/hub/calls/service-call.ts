import type { SessionPrincipal } from '../../../shared/contracts/edge/principal.ts';
import type { Answer } from '../../../shared/hub-protocol/answer.ts';
import type { Endpoint } from '../catalogue/endpoint.ts';

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
