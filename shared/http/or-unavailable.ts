import type { ErrorCode } from '../contracts/http/error-codes.ts';
import { Problem } from './problem.ts';

/**
 * Calls another part of the system. If that fails, the request cannot be judged, so it is answered
 * 503 and never as if the client had been wrong.
 *
 * @throws {Problem} `code`, with the failure as its cause. A {@link Problem} passes as it is.
 */
export async function orUnavailable<T>(
  part: string,
  work: () => Promise<T>,
  code: ErrorCode = 'SERVICE_UNAVAILABLE',
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem(code, { cause: new Error(`Cannot reach ${part}`, { cause: error }) });
  }
}
