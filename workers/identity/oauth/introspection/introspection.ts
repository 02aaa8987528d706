/** What is said of a token (RFC 7662 §2.2). Of one that is not active, nothing but that. */
export type Introspection =
  | { readonly active: false }
  | ({ readonly active: true } & Readonly<Record<string, unknown>>);

export const INACTIVE: Introspection = { active: false };
