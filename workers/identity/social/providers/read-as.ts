import type * as z from 'zod';

import { err, ok, type Result } from '../../../../shared/result.ts';
import type { SocialFault } from '../social-fault.ts';

/** What a provider answered, if it has the shape that its documentation promises. */
export function readAs<S extends z.ZodType>(
  shape: S,
  answer: Result<unknown, SocialFault>,
): Result<z.output<S>, SocialFault> {
  if (!answer.ok) return answer;
  const parsed = shape.safeParse(answer.value);
  if (parsed.success) return ok(parsed.data);
  const where = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  return err({ reason: 'provider_unavailable', detail: `another shape at: ${where}` });
}
