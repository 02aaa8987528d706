/**
 * Which passwords an account may have (NIST SP 800-63B §3.1.1.2): long enough, not one that everybody
 * uses, not one that follows from the account's names. No rules of composition.
 *
 * @module
 */

import { COMMON_PASSWORDS } from './common-passwords.ts';

export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;

export type PasswordFault =
  | 'malformed'
  | 'too_short'
  | 'too_long'
  | 'blank'
  | 'repeated'
  | 'common'
  | 'contains_name';

/** What its owner is called, as far as it is known where the password is set. */
export type PasswordContext = {
  readonly email: string;
  readonly username: string | null | undefined;
  readonly displayName: string | null | undefined;
};

/** What is wrong with a new password; `undefined` if nothing is. */
export function passwordFault(
  password: string,
  context: PasswordContext,
): PasswordFault | undefined {
  if (!password.isWellFormed()) return 'malformed';
  const length = Array.from(password.normalize('NFC')).length;
  if (length < MIN_PASSWORD_LENGTH) return 'too_short';
  if (length > MAX_PASSWORD_LENGTH) return 'too_long';
  const folded = fold(password);
  const different = new Set(Array.from(folded).filter((character) => !BLANK.test(character)));
  if (different.size === 0) return 'blank';
  if (different.size === 1) return 'repeated';
  if (COMMON_PASSWORDS.has(folded)) return 'common';
  return namesOf(context).some((name) => isMadeOf(folded, name)) ? 'contains_name' : undefined;
}

/** A space, or a character that shows nothing (UAX #44). */
const BLANK = /[\p{White_Space}\p{DI}\p{Cc}\u2800]/u;

function namesOf({ email, username, displayName }: PasswordContext): readonly string[] {
  const address = fold(email.trim());
  const local = address.slice(0, Math.max(address.lastIndexOf('@'), 0));
  return [address, local, fold(username ?? ''), fold(displayName ?? '')];
}

const MIN_NAME_LENGTH = 4;

/**
 * Whether a password contains the name, with whatever separators, or is that name and digits. Names
 * that are shorter than four characters occur in good passwords by chance.
 */
function isMadeOf(password: string, name: string): boolean {
  const [letters, nameLetters] = [withoutSeparators(password), withoutSeparators(name)];
  if (!/\p{L}/u.test(nameLetters) || !letters.includes(nameLetters)) return false;
  if (Array.from(nameLetters).length >= MIN_NAME_LENGTH) return true;
  return /^\p{N}*$/u.test(letters.replaceAll(nameLetters, ''));
}

const withoutSeparators = (text: string): string => text.replaceAll(/[^\p{L}\p{M}\p{N}]/gu, '');

const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

export const PASSWORD_FAULTS: Readonly<Record<PasswordFault, string>> = {
  malformed: 'Must be Unicode text',
  too_short: `Must have at least ${MIN_PASSWORD_LENGTH} characters`,
  too_long: `Must have at most ${MAX_PASSWORD_LENGTH} characters`,
  blank: 'Must not be made of spaces',
  repeated: 'Must not be one character that is repeated',
  common: 'Must not be one of the most common passwords',
  contains_name: 'Must not contain the e-mail address, the username or the display name',
};
