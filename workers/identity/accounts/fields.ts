import { z } from '@hono/zod-openapi';

import { LOOPBACK_HOSTS } from '../../../shared/http/loopback.ts';
import { isShownLine, SHOWN_LINE } from '../../../shared/shown-text.ts';
import { parseEmailAddress } from './account.ts';
import {
  MAX_PASSWORD_LENGTH,
  MIN_PASSWORD_LENGTH,
  PASSWORD_FAULTS,
  passwordFault,
} from './password-policy.ts';
import { isReservedUsername, USERNAME_RESERVED } from './reserved-usernames.ts';

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
    const fault = passwordFault(password, OF_NOBODY);
    if (fault !== undefined) context.addIssue(PASSWORD_FAULTS[fault]);
  })
  .openapi({
    format: 'password',
    example: 'a few unrelated words',
    minLength: MIN_PASSWORD_LENGTH,
    maxLength: MAX_PASSWORD_LENGTH,
    description:
      'Neither one of the most common ones nor one repeated character, and without the e-mail, the username and the display name.',
  });

const OF_NOBODY = { email: '', username: undefined, displayName: undefined };

export const usernameField = z
  .string()
  .regex(/^[A-Za-z0-9_]{3,32}$/, {
    error: 'Must have 3 to 32 characters: letters, digits and underscores',
  })
  .openapi({ description: 'Unique, whatever its case.', example: 'ada_lovelace' });

/** The username of an account that is created by somebody who does not administer. */
export const newUsernameField = usernameField
  .refine((username) => !isReservedUsername(username), { error: USERNAME_RESERVED })
  .openapi({ description: 'Unique, whatever its case. Names of the system are reserved.' });

/** One line that people see. */
export const shownField = (longest: number): z.ZodString =>
  z
    .string()
    .trim()
    .refine(isShownLine, { error: `Must be ${SHOWN_LINE}` })
    .refine((text) => Array.from(text).length <= longest, {
      error: `Must have at most ${longest} characters`,
    })
    .openapi({ minLength: 1, maxLength: longest });

export const displayNameField = shownField(64).openapi({ example: 'Ada' });

export const personNameField = shownField(64).openapi({ example: 'Ada' });

export const companyField = shownField(128).openapi({ example: 'Analytical Engines' });

const MAX_AVATAR_URL = 2_000;

/** Where others find a picture. It is not fetched here, so it may lead anywhere but to a plain host. */
export const avatarUrlField = z
  .string()
  .max(MAX_AVATAR_URL, { error: `Must have at most ${MAX_AVATAR_URL} characters` })
  .regex(/^[\x21-\x7e]+$/, { error: 'Must be a URL in plain ASCII' })
  .refine(isPictureUrl, { error: 'Must be an https URL' })
  .openapi({
    format: 'uri',
    maxLength: MAX_AVATAR_URL,
    example: 'https://pictures.example.com/ada.png',
  });

function isPictureUrl(text: string): boolean {
  const url = /^https?:\/\//.test(text) ? URL.parse(text) : null;
  if (url === null || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'https:' || LOOPBACK_HOSTS.has(url.hostname);
}
