import { z } from '@hono/zod-openapi';

import { PASSWORD_FAULTS, passwordFault } from '../passwords/password-policy.ts';
import {
  deviceInfoField,
  displayNameField,
  emailField,
  newPasswordField,
  presentedPasswordField,
  usernameField,
} from './fields.ts';

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
