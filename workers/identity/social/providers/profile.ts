import { type EmailAddress, parseEmailAddress } from '../../accounts/email-address.ts';
import { displayNameField } from '../../routes/fields.ts';

/**
 * What a provider's word on an e-mail is worth. `verified`: it has seen that its user reads the
 * address, some day. `authoritative`: it hosts the address, or we were told to trust it: whoever
 * signs in there owns the address now.
 */
export type EmailStanding = 'unverified' | 'verified' | 'authoritative';

export type ProviderEmail = EmailAddress & { readonly standing: EmailStanding };

/** Somebody, as a provider describes them. */
export type ProviderProfile = {
  /** What the provider calls its user, for ever. */
  readonly subject: string;
  readonly email: ProviderEmail | null;
  readonly displayName: string | null;
};

/** @returns `null` for what we do not accept as an address. */
export function providerEmail(
  text: string | null | undefined,
  standing: EmailStanding,
): ProviderEmail | null {
  const email = parseEmailAddress(text ?? '');
  return email === undefined ? null : { ...email, standing };
}

const MAX_DISPLAY_NAME = 64;

/** The first name that may be shown. A long one is cut; one with hidden characters is none. */
export function providerName(...names: readonly (string | null | undefined)[]): string | null {
  for (const name of names) {
    const cut = Array.from(name ?? '').slice(0, MAX_DISPLAY_NAME);
    const shown = displayNameField.safeParse(cut.join(''));
    if (shown.success) return shown.data;
  }
  return null;
}
