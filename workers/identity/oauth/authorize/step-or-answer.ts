import type { Context } from 'hono';

import type { AppEnv } from '../../context.ts';
import { toOAuthError } from '../answer-oauth-error.ts';
import { respondWithError } from '../respond/respond.ts';
import { nextStep } from './next-step.ts';
import type { KnownRequest } from './read-request.ts';

/**
 * Takes the first step of a request. If a part of the system fails, the client is told, as a status
 * code cannot tell it (RFC 6749 §4.1.2.1): it may be waiting in a frame that nobody sees.
 */
export async function stepOrAnswer(
  c: Context<AppEnv>,
  { client, request }: KnownRequest,
): Promise<Response> {
  try {
    return await nextStep(c, { client, request, interaction: null });
  } catch (thrown) {
    const error = toOAuthError(thrown);
    const { services, correlationId } = c.var;
    services.log({
      event: 'authorize.failed',
      level: 'error',
      correlationId,
      cause: String(thrown),
    });
    return respondWithError(request, error, client, services);
  }
}
