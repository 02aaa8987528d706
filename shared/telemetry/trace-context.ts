/**
 * W3C Trace Context.
 *
 * @see [Trace Context §3.2](https://www.w3.org/TR/trace-context/#traceparent-header)
 * @module
 */

export const TRACEPARENT = 'traceparent';
export const TRACESTATE = 'tracestate';

export type Trace = {
  /** The `traceparent` header of the next request. */
  readonly traceparent: string;
  /** Whether it continues the caller's trace. Only then is the caller's `tracestate` passed on. */
  readonly continued: boolean;
};

const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Continues the caller's trace with a new span, or begins a trace. */
export function continueTrace(
  given: string | null,
  randomBytes: (length: number) => Uint8Array,
): Trace {
  const parsed = given === null ? undefined : parse(given);
  const spanId = randomBytes(8).toHex();
  if (parsed !== undefined) {
    return { traceparent: `00-${parsed.traceId}-${spanId}-${parsed.flags}`, continued: true };
  }
  return { traceparent: `00-${randomBytes(16).toHex()}-${spanId}-00`, continued: false };
}

/** A later version may have more fields; version 00 has exactly four, and `ff` is forbidden. */
function parse(given: string): { traceId: string; flags: string } | undefined {
  const [, version, traceId = '', parentId = '', flags = '', more] = FORM.exec(given) ?? [];
  if (version === undefined || version === 'ff') return undefined;
  if (version === '00' && more !== undefined) return undefined;
  return /^0+$/.test(traceId) || /^0+$/.test(parentId) ? undefined : { traceId, flags };
}
