/** Somebody else with whom users can sign in. */
export type SocialProvider = {
  readonly name: string;
  /** Where signing in with them begins. `interaction`: the id of the one it is for. */
  readonly startPath: (interaction: string | undefined) => string;
};

/** In the order in which they are offered. Empty: only passwords. */
export type SocialProviders = readonly SocialProvider[];
