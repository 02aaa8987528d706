import type { SocialConfig } from '../../social/config/social-config.ts';
import { startPath } from '../social/social-paths.ts';

/** Somebody else with whom users can sign in. */
export type SocialProvider = {
  readonly name: string;
  /** Where signing in with them begins. `interaction`: the id of the one it is for. */
  readonly startPath: (interaction: string | undefined) => string;
};

/** In the order in which they are offered. Empty: only passwords. */
export type SocialProviders = readonly SocialProvider[];

export const socialProviders = ({ providers }: SocialConfig): SocialProviders =>
  [...providers.values()].map(({ id, name }) => ({
    name,
    startPath: (interaction) => startPath(id, interaction),
  }));
