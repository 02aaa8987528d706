import * as z from 'zod';

import { utf8 } from '../../../../shared/bytes.ts';
import type { RequestedClaims } from '../../../../shared/contracts/identity/oauth-terms.ts';
import { parseStrictObject } from '../../../../shared/tokens/strict-json.ts';

const MAX_CLAIMS = 50;

/** How a claim is asked for. Members that are not understood are left out (Core §5.5.1). */
const HowAsked = z
  .object({
    essential: z.boolean().optional(),
    value: z.unknown().optional(),
    values: z.array(z.unknown()).optional(),
  })
  .nullable();

const Names = z
  .record(z.string().min(1).max(256), HowAsked)
  .refine((names) => Object.keys(names).length <= MAX_CLAIMS);

const Claims = z.object({ userinfo: Names.nullish(), id_token: Names.nullish() });

/**
 * Reads the `claims` parameter (OpenID Connect Core §5.5).
 *
 * @returns `undefined` if it is not JSON, says something twice, or has another shape.
 */
export function parseRequestedClaims(text: string): RequestedClaims | undefined {
  const { success, data } = Claims.safeParse(parseStrictObject(utf8(text)));
  if (!success) return undefined;
  const { userinfo, id_token: idToken } = data;
  return {
    ...(userinfo ? { userinfo } : {}),
    ...(idToken ? { id_token: idToken } : {}),
  };
}
