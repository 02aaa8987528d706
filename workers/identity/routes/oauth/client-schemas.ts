import { z } from '@hono/zod-openapi';

import { CLIENT_PROFILES } from '../../oauth/clients/client.ts';

const instant = z.iso.datetime();

const metadata = z.record(z.string(), z.unknown()).openapi('ClientMetadata', {
  description: 'The members of RFC 7591 §2 and its extensions, in their own names.',
  example: { client_name: 'Game', redirect_uris: ['https://game.example/callback'] },
});

const profile = z.enum(CLIENT_PROFILES).openapi({
  description: 'Turns on together what a FAPI 2.0 profile demands. `none` where absent.',
});
const skipConsent = z.boolean().openapi({
  description: 'A first-party client: nobody is asked for consent.',
});
const resources = z
  .array(z.string().min(1).max(2_000))
  .max(100)
  .nullable()
  .openapi({ description: 'Resource indicators (RFC 8707). `null`: as the deployment allows.' });

export const ClientSchema = z
  .object({
    clientId: z.string(),
    source: z.enum(['registered', 'administered']),
    metadata,
    profile,
    skipConsent,
    resources,
    status: z.enum(['active', 'disabled']),
    secrets: z.array(z.object({ expiresAt: instant.nullable() })),
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Client');

const clientSecret = z.string().openapi({ description: 'Shown this once.' });

export const ClientWithSecretSchema = ClientSchema.extend({
  clientSecret: clientSecret.optional(),
}).openapi('ClientWithSecret');

export const ClientListSchema = z
  .object({
    clients: z.array(ClientSchema),
    next: z.string().nullable().openapi({ description: 'The `after` of the next page.' }),
  })
  .openapi('ClientList');

/**
 * What users are called in tokens: in its own, a client's id stands in the same place, so nobody picks
 * one that could be a user's (RFC 9700 §4.15.1).
 */
const SUBJECT = /^(?:pws_|[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$)/i;

export const NewClientBody = z
  .object({
    clientId: z
      .string()
      .regex(/^[A-Za-z0-9._~-]{1,128}$/, {
        error: 'Must have 1 to 128 characters: letters, digits and ._~-',
      })
      .refine((id) => !SUBJECT.test(id), { error: 'Must not look like a user’s subject' })
      .optional()
      .openapi({ description: 'Random where absent.' }),
    metadata,
    profile: profile.optional(),
    skipConsent: skipConsent.optional(),
    resources: resources.optional(),
  })
  .openapi('NewClient');

export const ClientChangeBody = z
  .object({
    metadata: metadata.optional(),
    profile: profile.optional(),
    skipConsent: skipConsent.optional(),
    resources: resources.optional(),
    status: z.enum(['active', 'disabled']).optional(),
  })
  .openapi('ClientChange', {
    description: 'A member that is absent stays as it is. `metadata` is replaced as a whole.',
  });

export const RotateSecretBody = z
  .object({
    graceSeconds: z
      .int()
      .min(0)
      .max(2_592_000)
      .optional()
      .openapi({ description: 'How long the secret before stays valid. A day where absent.' }),
  })
  .openapi('RotateSecretRequest');

export const RotatedSecretSchema = z
  .object({ clientSecret, previousExpiresAt: instant.nullable() })
  .openapi('RotatedSecret');
