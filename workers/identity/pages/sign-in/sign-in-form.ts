import { err, ok, type Result } from '../../../../shared/result.ts';
import { type EmailAddress, parseEmailAddress } from '../../accounts/email-address.ts';
import type { Parameters } from '../../oauth/parameters.ts';
import type { FieldFault, FieldFaults } from '../forms/faults.ts';

/** Longer ones are no passwords of ours, and not worth hashing. */
const MAX_PASSWORD = 1_024;

export type SignInFaults = FieldFaults<'email' | 'password'>;
type Entered = { readonly email: EmailAddress; readonly password: string };

export function readSignIn(form: Parameters): Result<Entered, SignInFaults> {
  const text = form.get('email');
  const email = parseEmailAddress(text ?? '');
  const password = form.get('password') ?? '';
  const fault = passwordFault(password);
  if (email !== undefined && fault === undefined) return ok({ email, password });
  return err({
    ...(email === undefined && { email: text === undefined ? 'required' : 'email_malformed' }),
    ...(fault && { password: fault }),
  });
}

function passwordFault(password: string): FieldFault | undefined {
  if (password === '') return 'required';
  return password.length > MAX_PASSWORD ? 'password_too_long' : undefined;
}
