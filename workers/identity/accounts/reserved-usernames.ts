import { ADMINISTRATOR } from '../../../shared/contracts/identity/oauth-terms.ts';
import type { Account } from './account.ts';

/** What the system and those who run it are called. `docs/api.md` lists the same. */
export const RESERVED_USERNAMES: readonly string[] = `
  abuse account accounts admin administrator administrators admins anonymous api auth billing
  everyone guest help helpdesk hostmaster info login logout mailer_daemon me moderator moderators
  nobody no_reply noreply oauth official operator operators owner postmaster register root sallyport
  security self service services signin signup staff superuser support sysadmin sysop system team
  undefined webmaster www
`
  .trim()
  .split(/\s+/);

/** Digits that are read as letters, and letters that look like one another. */
const LOOK_ALIKES: ReadonlyMap<string, string> = new Map(
  Object.entries({ 0: 'o', 1: 'i', l: 'i', 3: 'e', 4: 'a', 5: 's', 7: 't', 8: 'b' }),
);

/**
 * What people read: the same for names that differ in case, separators, compatibility forms and
 * characters that look alike (NFKC, UTS #39 §4 in spirit: only what a username may have).
 */
const skeletonOf = (name: string): string =>
  Array.from(name.normalize('NFKC').toLowerCase())
    .filter((character) => /[\p{L}\p{N}]/u.test(character))
    .map((character) => LOOK_ALIKES.get(character) ?? character)
    .join('');

const RESERVED: ReadonlySet<string> = new Set(RESERVED_USERNAMES.map(skeletonOf));

/** Whether people could take the owner of the username for the system, or for somebody who runs it. */
export const isReservedUsername = (username: string): boolean => RESERVED.has(skeletonOf(username));

/** Administrators may have reserved usernames, and whoever has one keeps it. */
export const mayHaveUsername = (
  username: string,
  { username: before, roles }: Pick<Account, 'username' | 'roles'>,
): boolean =>
  !isReservedUsername(username) ||
  roles.includes(ADMINISTRATOR) ||
  username.toLowerCase() === before?.toLowerCase();

export const USERNAME_RESERVED = 'Is reserved for the system';
