import { z } from '@hono/zod-openapi';

import { deviceInfoField, emailField } from '../../routes/fields.ts';

/** A path parameter: unknown ones are told apart from malformed ones by nobody. */
export const ProviderParam = z.object({
  provider: z.string().openapi({ example: 'google' }),
});

const firstEmail = emailField.optional().openapi({
  description:
    'For the account that a first sign-in creates, where the provider tells no e-mail. It counts as unverified.',
});

export const SocialCallbackBody = z
  .object({
    code: z.string().min(1).max(4_096),
    state: z.string().min(1).max(8_192),
    iss: z.string().max(512).optional().openapi({ description: 'RFC 9207, where it came along.' }),
    email: firstEmail,
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('SocialCallbackRequest');

export const SteamVerifyBody = z
  .object({
    ticket: z
      .string()
      .regex(/^(?:[0-9A-Fa-f]{2}){8,1024}$/, {
        error: 'Must be 16 to 2048 hexadecimal digits, two for each byte',
      })
      .openapi({ description: 'Of `ISteamUser::GetAuthTicketForWebApi`, in hexadecimal.' }),
    email: firstEmail,
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('SteamVerifyRequest');

export const AuthorizationUrlSchema = z
  .object({
    url: z.string().openapi({ description: 'Where to send the browser.' }),
    state: z.string().openapi({ description: 'What it will come back with.' }),
    expiresIn: z.int().openapi({ description: 'Seconds.', example: 600 }),
  })
  .openapi('SocialAuthorizationUrl');

export const ProviderListSchema = z
  .array(
    z
      .object({
        name: z.string().openapi({ example: 'google' }),
        displayName: z.string().openapi({ example: 'Google' }),
        authType: z.enum(['oauth', 'ticket']),
        authUrl: z
          .string()
          .optional()
          .openapi({ description: 'What tells where to send the browser.' }),
      })
      .openapi('SocialProvider'),
  )
  .openapi('SocialProviders');
