/**
 * Which passwords an account may have (NIST SP 800-63B §3.1.1.2): long enough, not one that everybody
 * uses, not one that follows from the account's names. No rules of composition.
 *
 * @module
 */

import { COMMON_PASSWORDS } from './common-passwords.ts';

export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 128;
const MIN_NAME_LENGTH = 4;

export type PasswordFault = 'malformed' | 'too_short' | 'too_long' | 'common' | 'contains_name';

export type PasswordContext = {
  readonly email: string;
  readonly username: string | null | undefined;
};

/** What is wrong with a new password; `undefined` if nothing is. */
export function passwordFault(
  password: string,
  { email, username }: PasswordContext,
): PasswordFault | undefined {
  if (!password.isWellFormed()) return 'malformed';
  const length = Array.from(password.normalize('NFC')).length;
  if (length < MIN_PASSWORD_LENGTH) return 'too_short';
  if (length > MAX_PASSWORD_LENGTH) return 'too_long';
  const folded = fold(password);
  if (COMMON_PASSWORDS.has(folded)) return 'common';
  const isNamed = namesOf(email, username).some((name) => folded.includes(name));
  return isNamed ? 'contains_name' : undefined;
}

/** Names that are shorter occur in good passwords by chance. */
function namesOf(email: string, username: string | null | undefined): readonly string[] {
  const address = fold(email.trim());
  const local = address.slice(0, Math.max(address.lastIndexOf('@'), 0));
  return [address, local, fold(username ?? '')].filter((name) => name.length >= MIN_NAME_LENGTH);
}

const fold = (text: string): string => text.normalize('NFKC').toLowerCase();

export const PASSWORD_FAULTS: Readonly<Record<PasswordFault, string>> = {
  malformed: 'Must be Unicode text',
  too_short: `Must have at least ${MIN_PASSWORD_LENGTH} characters`,
  too_long: `Must have at most ${MAX_PASSWORD_LENGTH} characters`,
  common: 'Must not be one of the most common passwords',
  contains_name: 'Must not contain the e-mail address or the username',
};
