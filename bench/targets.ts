/**
 * The targets of the architecture, and whether a run met them.
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

/** Ratios of requests per second. */
export const THROUGHPUT_TARGETS: readonly RatioTarget[] = [
  throughput('validation (GET, 1 token) : no-op', 'validate-get-one', 'noop-get', 0.85),
  throughput('validation (GET, many tokens) : no-op', 'validate-get-many', 'noop-get', 0.85),
  throughput('validation (POST, 1 token) : no-op', 'validate-post-one', 'noop-post', 0.85),
  throughput('validation (POST, many tokens) : no-op', 'validate-post-many', 'noop-post', 0.85),
  throughput('validation (body, 1 token) : reader', 'validate-body-one', 'reader-body', 0.85),
  throughput('validation (body, many tokens) : reader', 'validate-body-many', 'reader-body', 0.85),
  throughput('validation (GET, many) : jose each request', 'validate-get-many', 'jose', 2),
  throughput('validation (body, many) : oidc-provider', 'validate-body-many', 'oidc-provider', 1),
  throughput('validation (GET, many) : better-auth', 'validate-get-many', 'better-auth', 10),
  throughput('refresh : bare Durable Object', 'refresh', 'bare-object', 0.5),
  ...oauthTargets(),
];

/** Ratios of messages per second, and of events delivered per second. */
export const MESSAGE_TARGETS: readonly RatioTarget[] = [
  throughput('hub echo : bare Durable Object', 'hub-echo', 'bare-socket-echo', 0.8),
  throughput('hub broadcast : bare Durable Object', 'hub-broadcast', 'bare-socket-broadcast', 0.8),
];

/** Ratios of the 99th percentile of latency at equal load. */
export const LATENCY_TARGETS: readonly RatioTarget[] = [
  latency('p99, validation (GET, many tokens) : no-op', 'validate-get-many', 'noop-get'),
  latency('p99, validation (POST, many tokens) : no-op', 'validate-post-many', 'noop-post'),
  latency('p99, validation (body, many tokens) : reader', 'validate-body-many', 'reader-body'),
];

/** Our tokens and grants are durable; those of oidc-provider are in the memory of one process. */
function oauthTargets(): readonly RatioTarget[] {
  const libraries = ['workers-oauth-provider', 'openauth'] as const;
  return [
    throughput('introspection : oidc-provider', 'oauth-introspection', 'oidc-provider', 1),
    throughput(
      'client_credentials (ES256 JWT) : oidc-provider',
      'oauth-client-credentials',
      'oidc-provider-client-credentials-jwt',
      1,
    ),
    ...libraries.flatMap((name) => [
      throughput(`refresh at /oauth2/token : ${name}`, 'oauth-refresh', `${name}-refresh`, 1.5),
      throughput(`code exchange : ${name}`, 'oauth-code', `${name}-code`, 1.5),
    ]),
  ];
}

function throughput(claim: string, above: RowKey, below: RowKey, atLeast: number): RatioTarget {
  return { claim, above, below, bound: { atLeast } };
}

function latency(claim: string, above: RowKey, below: RowKey): RatioTarget {
  return { claim, above, below, bound: { atMost: 1.3 } };
}

export const COLD_START_BOUND: Bound = { atMost: 1.5 };
export const EDGE_BUNDLE_BOUND: Bound = { atMost: 150 };
/** KB of memory per socket. */
export const IDLE_SOCKET_BOUND: Bound = { atMost: 20 };
/** The bound of what must not happen once. */
export const NEVER: Bound = { atMost: 0 };

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
  const distance =
    limit === 0 ? measured : `${(Math.abs(measured / limit - 1) * 100).toFixed(1)} %`;
  const spare = limit === 0 ? '' : `, ${distance} to spare`;
  const verdict = met ? `met${spare}` : `MISSED by ${distance}`;
  return { claim, wanted, measured: measured.toFixed(2), verdict };
}
