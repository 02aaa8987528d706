import { SallyportError } from '../common/errors.ts';
import { fullJitter, pause } from '../common/timing.ts';
import type { Api } from './api.ts';

/** The server has no session for this token any more; everything else may pass. */
const FINAL: ReadonlySet<string> = new Set([
  'TOKEN_REFRESH_INVALID',
  'TOKEN_REFRESH_EXPIRED',
  'TOKEN_REFRESH_REUSED',
  'TOKEN_FAMILY_REVOKED',
  'SESSION_EXPIRED',
  'SESSION_TERMINATED',
  'VALIDATION_ERROR',
]);

/** Whether the user has to sign in again. */
export const endsSession = (error: unknown): error is SallyportError =>
  error instanceof SallyportError && FINAL.has(error.code);

/**
 * Short, because a token whose answer was lost can be presented again for 10 s only: so there is
 * time for a second attempt.
 */
const PATIENCE = 4_000;
const ATTEMPTS = 5;
const LIMITS = { base: 250, cap: 4_000 };

export type RefreshRequest = {
  readonly refreshToken: string;
  readonly installationId: string;
};

export type RefreshPorts = {
  readonly api: Pick<Api, 'post'>;
  readonly random: () => number;
  /** Ends the waiting between attempts. */
  readonly signal: AbortSignal;
};

/**
 * Exchanges a refresh token (RFC 6749 §6). What may pass is tried again, five times in all.
 *
 * @returns What the server answered.
 * @throws {SallyportError} {@link endsSession} tells whether it is final.
 */
export async function refresh(request: RefreshRequest, ports: RefreshPorts): Promise<unknown> {
  const { refreshToken, installationId } = request;
  const body = { refreshToken, deviceInfo: { installationId } };
  for (let failures = 1; ; failures += 1) {
    try {
      return await ports.api.post('/api/v1/auth/token/refresh', { body, patience: PATIENCE });
    } catch (error) {
      const isLast = failures === ATTEMPTS || ports.signal.aborted;
      if (endsSession(error) || !(error instanceof SallyportError) || isLast) throw error;
      const jitter = fullJitter(failures, ports.random(), LIMITS);
      await pause((error.retryAfterMs ?? 0) + jitter, ports.signal);
    }
  }
}
