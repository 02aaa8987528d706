import type { Millis } from '../../../shared/clock.ts';
import type { AccountId } from '../../../shared/ids.ts';
import { isShownLine } from '../../../shared/shown-text.ts';

/** `disabled`: kept, but cannot sign in. */
export type AccountStatus = 'active' | 'disabled';

/** What people say of themselves, or a provider said of them. `null`: nothing. */
export type PersonalDetails = {
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly company: string | null;
  /** The address of a picture, which we never fetch. */
  readonly avatarUrl: string | null;
};

/** Some of the details. What is absent or `undefined` is not meant. */
export type SomeDetails = {
  readonly [Name in keyof PersonalDetails]?: PersonalDetails[Name] | undefined;
};

/** The details alone, each of them. */
export const detailsOf = ({
  firstName = null,
  lastName = null,
  company = null,
  avatarUrl = null,
}: SomeDetails): PersonalDetails => ({ firstName, lastName, company, avatarUrl });

/** An account without what proves who its owner is. */
export type Account = PersonalDetails & {
  readonly id: AccountId;
  /** As its owner typed it. */
  readonly email: string;
  readonly emailVerified: boolean;
  readonly username: string | null;
  readonly displayName: string | null;
  readonly roles: readonly string[];
  readonly status: AccountStatus;
  /** Counts the changes of status, roles and password. */
  readonly version: number;
  /** The version that the last change of the password made. */
  readonly credentialsVersion: number;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
  readonly lastLoginAt: Millis | null;
};

/**
 * An account and the PHC string of its password, or `null` where its owner signs in with a provider
 * alone. Only sign-in reads it.
 */
export type Credentials = { readonly account: Account; readonly passwordHash: string | null };

export type NewAccount = SomeDetails & {
  readonly id: AccountId;
  readonly email: EmailAddress;
  /** Whether it was proved to be the owner's. Absent: not. */
  readonly emailVerified?: boolean | undefined;
  readonly username: string | null;
  readonly displayName: string | null;
  /** `null`: no password signs in to it. */
  readonly passwordHash: string | null;
  readonly roles: readonly string[];
  readonly createdAt: Millis;
};

/** A member that is absent stays as it is; `null` clears it. */
export type ProfileChange = SomeDetails & {
  readonly username?: string | undefined;
  readonly displayName?: string | null | undefined;
};

/** The account is the last administrator. Nobody would be left who can undo the change. */
export type RolesConflict = { readonly reason: 'last_administrator' };

export type AccountConflict = { readonly reason: 'email_taken' | 'username_taken' };

export type EmailAddress = {
  /** As its owner typed it, trimmed. This one is shown. */
  readonly display: string;
  /** The same for every spelling of the address. This one is searched for. */
  readonly normalized: string;
};

const MAX_LENGTH = 254;
const MAX_LOCAL = 64;
/** RFC 5322 §3.2.3 `dot-atom`, and letters, marks and digits of other scripts. */
const LOCAL =
  /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(?:\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** At least two labels, the last not a number: an IPv4 address is no domain. */
const DOMAIN =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+(?!\p{N}+$)[\p{L}\p{N}][\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}]$/u;

/**
 * Reads an address. Compatibility forms, letter case and the spelling of an international domain do
 * not distinguish addresses. Internationalised addresses are accepted (RFC 6531). Does NOT follow
 * all of RFC 5321: quoted local parts and address literals are refused.
 *
 * @returns `undefined` if `text` is no address.
 */
export function parseEmailAddress(text: string): EmailAddress | undefined {
  const display = text.trim();
  if (display.length > MAX_LENGTH || !isShownLine(display)) return undefined;
  const folded = display.normalize('NFKC').toLowerCase().normalize('NFKC');
  const at = folded.lastIndexOf('@');
  const local = folded.slice(0, Math.max(at, 0));
  const domain = asciiDomain(folded.slice(at + 1));
  if (local.length > MAX_LOCAL || !LOCAL.test(local) || domain === undefined) return undefined;
  const normalized = `${local}@${domain}`;
  return normalized.length > MAX_LENGTH ? undefined : { display, normalized };
}

/** The domain in A-labels (RFC 5890 §2.3.2.1), as the URL standard finds them. */
function asciiDomain(domain: string): string | undefined {
  if (!DOMAIN.test(domain)) return undefined;
  const url = URL.parse(`https://${domain}/`);
  return url === null ? undefined : url.hostname;
}
