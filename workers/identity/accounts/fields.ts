import { z } from '@hono/zod-openapi';

import { parseEmailAddress } from './account.ts';
import {
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
  PASSWORD_FAULTS,
  passwordFault,
} from './password-policy.ts';

export const emailField = z
  .string()
  .transform((text, context) => {
    const email = parseEmailAddress(text);
    if (email !== undefined) return email;
    context.addIssue({ code: 'custom', message: 'Must be an e-mail address' });
    return z.NEVER;
  })
  .openapi({ type: 'string', format: 'email', maxLength: 254, example: 'ada@example.com' });

/** A password that is to be checked. No policy applies to it; only its length is bounded. */
export const presentedPasswordField = z.string().min(1).max(1_024).openapi({ format: 'password' });

/** A password that is to be set. Whether it contains a name is checked where the names are known. */
export const newPasswordField = z
  .string()
  .superRefine((password, context) => {
    const fault = passwordFault(password, { email: '', username: undefined });
    if (fault !== undefined) context.addIssue(PASSWORD_FAULTS[fault]);
  })
  .openapi({
    format: 'password',
    minLength: MIN_PASSWORD_LENGTH,
    maxLength: MAX_PASSWORD_LENGTH,
    description: 'Not one of the most common ones; contains neither the e-mail nor the username.',
  });

export const usernameField = z
  .string()
  .regex(/^[A-Za-z0-9_]{3,32}$/, {
    error: 'Must have 3 to 32 characters: letters, digits and underscores',
  })
  .openapi({ description: 'Unique, whatever its case.', example: 'ada_lovelace' });

/** No controls, line breaks, lone surrogates, or marks that change the direction of other text. */
const SHOWN = /^[^\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]*$/u;
const MAX_DISPLAY_NAME = 64;

export const displayNameField = z
  .string()
  .trim()
  .regex(SHOWN, { error: 'Must be one line of visible text' })
  .refine((name) => name.length > 0 && Array.from(name).length <= MAX_DISPLAY_NAME, {
    error: `Must have 1 to ${MAX_DISPLAY_NAME} characters`,
  })
  .openapi({ minLength: 1, maxLength: MAX_DISPLAY_NAME, example: 'Ada' });
