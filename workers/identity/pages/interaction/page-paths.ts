import { type InteractionPage, pagePath } from '../../oauth/interactions/interaction-paths.ts';

/** Paths of pages that make sense by themselves, too. */
export const signInPath = (interaction: string | undefined): string =>
  pathOf('sign_in', '/sign-in', interaction);

export const createAccountPath = (interaction: string | undefined): string =>
  pathOf('create_account', '/create-account', interaction);

/** For somebody else than who is signed in. */
export const otherAccountPath = (interaction: string): string =>
  `${signInPath(interaction)}&account=other`;

const pathOf = (page: InteractionPage, path: string, interaction: string | undefined): string =>
  interaction === undefined ? path : pagePath(page, interaction);
