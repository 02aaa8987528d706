/**
 * How pages move an interaction on. Save what comes back.
 *
 * @module
 */

import type { Millis } from '../../../../shared/clock.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import type { Interaction } from './interaction.ts';

/** The user has signed in here, or chose to go on as who they are. */
export const signedIn = (
  interaction: Interaction,
  accountId: AccountId,
  at: Millis,
): Interaction => ({ ...interaction, signedIn: { accountId, at } });

/** The user agreed. Store what they agreed to first: `consentGrant`. */
export const consented = (interaction: Interaction, accountId: AccountId): Interaction => ({
  ...interaction,
  consent: { answer: 'allowed', accountId },
});

export const denied = (interaction: Interaction, accountId: AccountId): Interaction => ({
  ...interaction,
  consent: { answer: 'denied', accountId },
});
