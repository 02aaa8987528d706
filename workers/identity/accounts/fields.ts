import { z } from '@hono/zod-openapi';

import { LOOPBACK_HOSTS } from '../../../shared/http/loopback.ts';
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

/** A character that leaves a mark: neither a space nor one that shows nothing (UAX #44). */
const LEAVES_A_MARK = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\p{Cf}\u2800]/u;

/** One line of a person's details. Text that shows nothing is refused. */
const detailField = (longest: number) =>
  z
    .string()
    .trim()
    .regex(SHOWN, { error: 'Must be one line of visible text' })
    .refine((text) => LEAVES_A_MARK.test(text) && Array.from(text).length <= longest, {
      error: `Must have 1 to ${longest} characters, one of them visible`,
    });

export const personNameField = detailField(64).openapi({
  minLength: 1,
  maxLength: 64,
  example: 'Ada',
});

export const companyField = detailField(128).openapi({
  minLength: 1,
  maxLength: 128,
  example: 'Analytical Engines',
});

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
