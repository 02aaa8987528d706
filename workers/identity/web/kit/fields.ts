import type { ZodType } from 'zod';
import { err, ok, type Result } from '../../../../shared/result.ts';
import { type EmailAddress, parseEmailAddress } from '../../accounts/account.ts';
import {
  avatarUrlField,
  companyField,
  displayNameField,
  personNameField,
  presentedPasswordField,
} from '../../accounts/fields.ts';
import {
  type PasswordContext,
  type PasswordFault,
  passwordFault,
} from '../../accounts/password-policy.ts';

/** What can be wrong with one field of a form. */
export type FieldFault =
  | 'required'
  | 'email_malformed'
  | 'email_taken'
  | 'password_wrong'
  | 'display_name_malformed'
  | 'name_malformed'
  | 'company_malformed'
  | 'picture_malformed'
  | 'username_malformed'
  | 'username_reserved'
  | 'username_taken'
  | `password_${PasswordFault}`;

export type FieldFaults<Name extends string> = Readonly<Partial<Record<Name, FieldFault>>>;

/** Reads an e-mail address. A field that was left empty is `undefined` here and below. */
export function readEmail(text: string | undefined): Result<EmailAddress, FieldFault> {
  const email = parseEmailAddress(text ?? '');
  if (email !== undefined) return ok(email);
  return err(text === undefined ? 'required' : 'email_malformed');
}

/** Reads a password that is to be compared with the stored one. */
export function readPassword(text: string | undefined): Result<string, FieldFault> {
  if (text === undefined) return err('required');
  return presentedPasswordField.safeParse(text).success ? ok(text) : err('password_too_long');
}

/** Reads a password that is to be set. The rules are those of `POST /auth/register`. */
export function readNewPassword(
  text: string | undefined,
  owner: PasswordContext,
): Result<string, FieldFault> {
  if (text === undefined) return err('required');
  const fault = passwordFault(text, owner);
  return fault === undefined ? ok(text) : err(`password_${fault}` as const);
}

/** Reads a display name, which may be left empty. */
export const readDisplayName = readOptional(displayNameField, 'display_name_malformed');
export const readPersonName = readOptional(personNameField, 'name_malformed');
export const readCompany = readOptional(companyField, 'company_malformed');
export const readAvatarUrl = readOptional(avatarUrlField, 'picture_malformed');

/** The reader of a field that may be left empty. */
function readOptional(field: ZodType<string>, fault: FieldFault) {
  return (text: string | undefined): Result<string | null, FieldFault> => {
    if (text === undefined || text.trim() === '') return ok(null);
    const read = field.safeParse(text);
    return read.success ? ok(read.data) : err(fault);
  };
}
