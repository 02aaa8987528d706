/**
 * {@link OAuthTerms} as they are stored: JSON.
 *
 * @module
 */

import * as z from 'zod';

import type { OAuthTerms } from '../../shared/contracts/identity/oauth-terms.ts';
import { SessionId } from '../../shared/ids.ts';

const StoredClaim = z
  .object({
    essential: z.boolean().optional(),
    value: z.unknown().optional(),
    values: z.array(z.unknown()).optional(),
  })
  .nullable();
const StoredClaims = z.record(z.string(), StoredClaim).optional();

export const StoredTerms: z.ZodType<OAuthTerms> = z.object({
  subject: z.string(),
  browserSessionId: z
    .string()
    .transform((text) => SessionId.restore(text))
    .nullable(),
  resources: z.array(z.string()),
  claims: z.object({ userinfo: StoredClaims, id_token: StoredClaims }).nullable(),
  authorizationDetails: z.array(z.looseObject({ type: z.string() })),
  confirmation: z
    .object({ jkt: z.string().optional(), 'x5t#S256': z.string().optional() })
    .nullable(),
  nonce: z.string().nullable(),
});
