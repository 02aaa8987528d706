import type { Millis } from '../../../../shared/clock.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';

/**
 * What the `sub` of an issuer's assertions is: the id of an account of ours, its verified e-mail, or
 * its identity at one of the providers that sign users in.
 */
export type SubjectKind = 'account_id' | 'email' | `identity:${string}`;

/** Somebody whom an administrator trusts to vouch for users of ours (RFC 7523 §2.1). */
export type AssertionIssuer = {
  /** The `iss` of its assertions, compared character by character. */
  readonly issuer: string;
  readonly name: string;
  /** Public keys (RFC 7517 §5). Exactly one of `jwks` and `jwksUri` is set. */
  readonly jwks: readonly JsonObject[] | null;
  readonly jwksUri: string | null;
  readonly subjectKind: SubjectKind;
  /** The clients that may present its assertions. */
  readonly clients: readonly string[];
  /** What tokens may carry, at most. */
  readonly scopes: readonly string[];
  readonly enabled: boolean;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
};

export type AssertionIssuerSettings = Omit<AssertionIssuer, 'createdAt' | 'updatedAt'>;

const SUBJECT_KIND = /^(?:account_id|email|identity:[a-z0-9-]{1,32})$/;

export const isSubjectKind = (text: string): text is SubjectKind => SUBJECT_KIND.test(text);
