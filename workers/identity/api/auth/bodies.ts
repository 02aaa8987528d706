import { z } from '@hono/zod-openapi';
import {
  deviceInfoField,
  displayNameField,
  emailField,
  newPasswordField,
  presentedPasswordField,
  usernameField,
} from '../../accounts/fields.ts';
import { PASSWORD_FAULTS, passwordFault } from '../../accounts/password-policy.ts';

export const RegisterBody = z
  .object({
    email: emailField,
    password: newPasswordField,
    username: usernameField.optional(),
    displayName: displayNameField.optional(),
    deviceInfo: deviceInfoField.optional(),
  })
  .superRefine(({ email, password, username }, context) => {
    const fault = passwordFault(password, { email: email.display, username });
    // Runs only where each field is right by itself: what is left is a name in the password.
    if (fault === undefined) return;
    context.addIssue({ code: 'custom', path: ['password'], message: PASSWORD_FAULTS[fault] });
  })
  .openapi('RegisterRequest');

export const LoginBody = z
  .object({
    email: emailField,
    password: presentedPasswordField,
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('LoginRequest');

export const RefreshBody = z
  .object({
    refreshToken: z.string().min(1).max(4_096),
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('RefreshRequest');

export const LogoutBody = z
  .object({
    allSessions: z
      .boolean()
      .optional()
      .openapi({ description: 'Whether to end every session of the account, not this one alone.' }),
  })
  .openapi('LogoutRequest');

export const ProfileBody = z
  .object({
    username: usernameField.optional(),
    displayName: displayNameField
      .nullable()
      .optional()
      .openapi({ description: '`null` clears it.' }),
  })
  .openapi('ProfileChange');

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
