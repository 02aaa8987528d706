import * as z from 'zod';

import { isIssuerUrl } from '../../issuer-url.ts';

/** An endpoint of a provider. Plain HTTP only where nothing leaves the machine. */
const endpoint = z.string().refine(isIssuerUrl, {
  error: 'must be an https URL without query or fragment; http is allowed for loopback only',
});

const name = z.string().min(1).max(64);
const clientId = z.string().regex(/^[\x21-\x7e]{1,255}$/, {
  error: 'must be 1 to 255 visible ASCII characters',
});

/** One member of `SOCIAL_PROVIDERS`. */
export const MemberSettings = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, {
    abort: true,
    error: 'must be 1 to 32 lower-case letters, digits or hyphens',
  }),
  kind: z.literal('oidc').optional(),
  name: name.optional(),
  clientId: clientId.optional(),
  issuer: endpoint.optional(),
  authorizationEndpoint: endpoint.optional(),
  tokenEndpoint: endpoint.optional(),
  userEndpoint: endpoint.optional(),
  jwksUri: endpoint.optional(),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'must be a scope' }))
    .max(32)
    .optional(),
  tokenEndpointAuthMethod: z.enum(['client_secret_post', 'client_secret_basic', 'none']).optional(),
  trustEmail: z.boolean().optional(),
  keepTokens: z.boolean().optional(),
  appId: z.int().positive().optional(),
  ticketIdentity: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .optional(),
});

export type MemberSettings = z.output<typeof MemberSettings>;

/** Apple's: what its secrets are signed with. */
const AppleSecret = z.strictObject({
  teamId: z.string().regex(/^[A-Z0-9]{10}$/, { error: 'must be 10 letters and digits' }),
  keyId: z.string().regex(/^[A-Z0-9]{10}$/, { error: 'must be 10 letters and digits' }),
  privateKey: z
    .string()
    .regex(/^-----BEGIN PRIVATE KEY-----\s[\s\S]+-----END PRIVATE KEY-----\s*$/, {
      error: 'must be PKCS #8 in PEM',
    }),
});

/** One member of `SOCIAL_CLIENT_SECRETS`. */
export const MemberSecret = z.union([z.string().min(1).max(1_024), AppleSecret], {
  error: 'must be a text, or an object of teamId, keyId and privateKey',
});

export type MemberSecret = z.output<typeof MemberSecret>;
