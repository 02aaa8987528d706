/**
 * What the architecture promises, and whether a run kept it.
 *
 * @module
 */

import type { RowKey } from './row-key.ts';

export type Bound = { readonly atLeast: number } | { readonly atMost: number };

export type RatioTarget = {
  readonly claim: string;
  readonly above: RowKey;
  readonly below: RowKey;
  readonly bound: Bound;
};

const VALIDATIONS = [
  ['validate-get-one', 'noop-get', 'GET, 1 token'],
  ['validate-get-many', 'noop-get', 'GET, many tokens'],
  ['validate-post-one', 'noop-post', 'POST, 1 token'],
  ['validate-post-many', 'noop-post', 'POST, many tokens'],
] as const;

const forEachValidation = (target: (above: RowKey, floor: RowKey, form: string) => RatioTarget) =>
  VALIDATIONS.map(([above, floor, form]) => target(above, floor, form));

/** Ratios of requests per second. */
export const THROUGHPUT_TARGETS: readonly RatioTarget[] = [
  ...forEachValidation((above, floor, form) => ({
    claim: `validation (${form}) : no-op`,
    above,
    below: floor,
    bound: { atLeast: 0.85 },
  })),
  {
    claim: 'validation (GET, many tokens) : jose.jwtVerify each request',
    above: 'validate-get-many',
    below: 'jose',
    bound: { atLeast: 2 },
  },
  {
    claim: 'validation (POST, many tokens) : oidc-provider introspection',
    above: 'validate-post-many',
    below: 'oidc-provider',
    bound: { atLeast: 1 },
  },
  {
    claim: 'validation (GET, many tokens) : better-auth get-session',
    above: 'validate-get-many',
    below: 'better-auth',
    bound: { atLeast: 10 },
  },
  {
    claim: 'refresh : bare Durable Object',
    above: 'refresh',
    below: 'bare-object',
    bound: { atLeast: 0.5 },
  },
];

/** Ratios of the 99th percentile of latency at equal load. */
export const LATENCY_TARGETS: readonly RatioTarget[] = forEachValidation((above, floor, form) => ({
  claim: `p99 of validation (${form}) : no-op`,
  above,
  below: floor,
  bound: { atMost: 1.3 },
}));

export const COLD_START_BOUND: Bound = { atMost: 1.5 };
export const EDGE_BUNDLE_BOUND: Bound = { atMost: 150 };

export type Verdict = {
  readonly claim: string;
  readonly wanted: string;
  readonly measured: string;
  readonly verdict: string;
};

/**
 * Compares a measurement with its bound.
 *
 * @param measured `undefined` if the measurement is invalid or was not made.
 */
export function judge(claim: string, bound: Bound, measured: number | undefined): Verdict {
  const limit = 'atLeast' in bound ? bound.atLeast : bound.atMost;
  const wanted = `${'atLeast' in bound ? '≥' : '≤'} ${limit}`;
  if (measured === undefined || !Number.isFinite(measured)) {
    return { claim, wanted, measured: '–', verdict: 'INVALID' };
  }
  const met = 'atLeast' in bound ? measured >= limit : measured <= limit;
  const distance = `${(Math.abs(measured / limit - 1) * 100).toFixed(1)} %`;
  const verdict = met ? `met, ${distance} to spare` : `MISSED by ${distance}`;
  return { claim, wanted, measured: measured.toFixed(2), verdict };
}
