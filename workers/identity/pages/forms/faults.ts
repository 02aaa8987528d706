import type { PasswordFault } from '../../passwords/password-policy.ts';

/** What can be wrong with one field of a form. */
export type FieldFault =
  | 'required'
  | 'email_malformed'
  | 'email_taken'
  | 'password_wrong'
  | 'display_name_malformed'
  | 'username_malformed'
  | 'username_taken'
  | `password_${PasswordFault}`;

export type FieldFaults<Name extends string> = Readonly<Partial<Record<Name, FieldFault>>>;
