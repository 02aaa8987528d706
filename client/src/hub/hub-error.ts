import {
  isResponseName,
  RESPONSE_CODES,
  type ResponseName,
} from '../../../shared/hub-protocol/response-codes.ts';
import { type ProblemDocument, toProblem } from '../common/errors.ts';
import { isObject, numberOf } from '../common/json.ts';

/**
 * Why a call has no answer:
 *
 * - `connection_lost`: the connection was lost after the call was sent, and it is unknown whether the
 *   call was executed. A call that is marked `idempotent` is sent again instead.
 * - `timeout`: the call's own deadline passed.
 * - `queue_full`: too many calls wait for the connection.
 * - `closed`: the hub was closed and does not reconnect by itself.
 * - `unreadable`: the answer has the wrong type, or could not be decompressed.
 */
export type LocalFailure = 'connection_lost' | 'timeout' | 'queue_full' | 'closed' | 'unreadable';

export type HubErrorName = Exclude<ResponseName, 'OK'> | LocalFailure | 'Unknown';

export type HubErrorOptions = {
  readonly code?: number;
  readonly problem?: ProblemDocument | undefined;
  readonly cause?: unknown;
};

/** A call that failed. Switch on `name`. */
export class HubError extends Error {
  override readonly name: HubErrorName;
  /** The response code (protocol, "Response codes"); `undefined` if no response came. */
  readonly code: number | undefined;
  /** The problem document of the service or the hub (RFC 9457). */
  readonly problem: ProblemDocument | undefined;
  /** How long to wait before the next attempt, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(name: HubErrorName, { code, problem, cause }: HubErrorOptions = {}) {
    super(problem?.detail ?? problem?.title ?? TITLES[name] ?? name, { cause });
    this.name = name;
    this.code = code;
    this.problem = problem;
    this.retryAfterMs = numberOf(problem?.['retryAfterMs']) ?? seconds(problem?.['retryAfter']);
  }
}

const TITLES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(RESPONSE_CODES).map(([name, { title }]) => [name, title])),
  connection_lost: 'The connection was lost before the answer came',
  timeout: 'The answer did not come in time',
  queue_full: 'Too many calls wait for the connection',
  closed: 'The hub is closed',
  unreadable: 'The answer cannot be read',
};

const seconds = (value: unknown): number | undefined =>
  typeof value === 'number' ? 1000 * value : undefined;

const NAMES: ReadonlyMap<number, HubErrorName> = new Map(
  Object.entries(RESPONSE_CODES).flatMap(([name, { code }]) =>
    isResponseName(name) && name !== 'OK' ? [[code, name]] : [],
  ),
);

/** The error for a response code other than 0. @param body The response's parsed payload. */
export function toHubError(code: number, body: unknown): HubError {
  const problem = toProblem(body) ?? (isObject(body) ? body : undefined);
  return new HubError(NAMES.get(code) ?? 'Unknown', { code, problem });
}

export const localError = (name: ResponseName): HubError =>
  toHubError(RESPONSE_CODES[name].code, undefined);
