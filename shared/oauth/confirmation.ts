import type { Confirmation } from '../contracts/identity/oauth-terms.ts';

/** The keys that a sender proved to hold, as {@link Confirmation} names them. `null`: none of the kind. */
export type ProvenKeys = { readonly [Kind in keyof Confirmation]?: string | null | undefined };

/** Whether a sender proved to hold every key that a token is bound to (RFC 9449 §5, §7, RFC 8705 §3, §4). */
export const isConfirmed = (
  bound: Confirmation | null | undefined,
  proven: ProvenKeys | undefined,
): boolean =>
  (bound?.jkt === undefined || bound.jkt === proven?.jkt) &&
  (bound?.['x5t#S256'] === undefined || bound['x5t#S256'] === proven?.['x5t#S256']);
