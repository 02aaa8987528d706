import * as z from 'zod';
import { utf8 } from '../../../../shared/bytes.ts';
import { parseJson } from '../ask-provider.ts';
import { providerName } from '../providers/profile.ts';

const User = z.object({
  name: z.object({ firstName: z.string().nullish(), lastName: z.string().nullish() }),
});

/**
 * The name that Apple sends once, with the first answer. Nobody has signed it: good enough for a name,
 * and for nothing else that is in there.
 */
export function appleName(user: string | undefined): string | null {
  if (user === undefined) return null;
  const parsed = User.safeParse(parseJson(utf8(user)));
  if (!parsed.success) return null;
  const { firstName, lastName } = parsed.data.name;
  return providerName([firstName, lastName].filter((part) => (part ?? '') !== '').join(' '));
}
