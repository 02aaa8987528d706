/** Where an interaction takes place. Paths of the issuer, whose pages they are. */
const at = (path: string, id: string): string => `${path}?interaction=${encodeURIComponent(id)}`;

export const INTERACTION_PAGES = {
  sign_in: '/sign-in',
  select_account: '/sign-in',
  consent: '/consent',
  create_account: '/create-account',
} as const;
export type InteractionPage = keyof typeof INTERACTION_PAGES;

export const pagePath = (page: InteractionPage, id: string): string =>
  at(INTERACTION_PAGES[page], id);

/** Where a page sends the browser when its part is done. */
export const resumePath = (id: string): string => at('/oauth2/authorize/resume', id);
