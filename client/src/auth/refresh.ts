import { SallyportError } from '../common/errors.ts';
import { fullJitter, pause } from '../common/timing.ts';
import type { Api } from './api.ts';

/** With these codes the session is over. Any other failure may be temporary. */
const FINAL: ReadonlySet<string> = new Set([
  'TOKEN_REFRESH_INVALID',
  'TOKEN_REFRESH_EXPIRED',
  'TOKEN_REFRESH_REUSED',
  'TOKEN_FAMILY_REVOKED',
  'SESSION_EXPIRED',
  'SESSION_TERMINATED',
]);

/**
 * Milliseconds. The server gives the answer that was lost to the same installation again, as long as
 * nobody has used it.
 */
const TIMEOUT = 4_000;
const ATTEMPTS = 5;
const LIMITS = { base: 250, cap: 4_000 };

export type RefreshRequest = {
  readonly refreshToken: string;
  readonly installationId: string;
};

export type RefreshPorts = {
  readonly api: Pick<Api, 'post'>;
  readonly random: () => number;
  /** Ends the wait between attempts. */
  readonly signal: AbortSignal;
};

/**
 * Exchanges a refresh token (RFC 6749 §6), in at most five attempts.
 *
 * @returns The server's answer.
 * @throws {SallyportError} {@link endsSession} tells whether the session is over.
 */
export async function refresh(request: RefreshRequest, ports: RefreshPorts): Promise<unknown> {
  const { refreshToken, installationId } = request;
  const body = { refreshToken, deviceInfo: { installationId } };
  for (let failures = 1; ; failures += 1) {
    try {
      return await ports.api.post('/api/v1/auth/token/refresh', { body, timeout: TIMEOUT });
    } catch (error) {
      const isLast = failures === ATTEMPTS || ports.signal.aborted;
      if (endsSession(error) || !(error instanceof SallyportError) || isLast) throw error;
      const jitter = fullJitter(failures, ports.random(), LIMITS);
      await pause((error.retryAfterMs ?? 0) + jitter, ports.signal);
    }
  }
}

/** Tells whether the user has to sign in again. */
export const endsSession = (error: unknown): error is SallyportError =>
  error instanceof SallyportError && FINAL.has(error.code);
