import { err, ok, type Result } from '../../../../shared/result.ts';
import { type EmailAddress, parseEmailAddress } from '../../accounts/account.ts';
import { displayNameField } from '../../accounts/fields.ts';
import { passwordFault } from '../../accounts/password-policy.ts';
import type { Parameters } from '../../platform/parameters.ts';
import type { FieldFault, FieldFaults } from '../kit/own-form.ts';

export type CreateAccountFaults = FieldFaults<'email' | 'password' | 'display_name'>;

type Entered = {
  readonly email: EmailAddress;
  readonly password: string;
  readonly displayName: string | null;
};

/** The rules are those of `POST /auth/register`. */
export function readCreateAccount(form: Parameters): Result<Entered, CreateAccountFaults> {
  const text = form.get('email');
  const email = parseEmailAddress(text ?? '');
  const password = form.get('password');
  const fault = newPasswordFault(password, text ?? '');
  const name = readDisplayName(form.get('display_name'));
  if (email !== undefined && password !== undefined && fault === undefined && name.ok) {
    return ok({ email, password, displayName: name.value });
  }
  return err({
    ...(email === undefined && { email: text === undefined ? 'required' : 'email_malformed' }),
    ...(fault && { password: fault }),
    ...(!name.ok && { display_name: name.error }),
  });
}

/** What is wrong with a password that is to be set. */
export function newPasswordFault(
  password: string | undefined,
  email: string,
  username?: string | null,
): FieldFault | undefined {
  if (password === undefined) return 'required';
  const fault = passwordFault(password, { email, username });
  return fault && `password_${fault}`;
}

/** An empty one is none. */
export function readDisplayName(text: string | undefined): Result<string | null, FieldFault> {
  if (text === undefined || text.trim() === '') return ok(null);
  const read = displayNameField.safeParse(text);
  return read.success ? ok(read.data) : err('display_name_malformed');
}
