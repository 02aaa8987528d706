/** Why a sign-in at a provider came to nothing. */
export type SocialFault =
  /** The provider does not answer, or not in its own protocol. `detail` is for the log. */
  | { readonly reason: 'provider_unavailable'; readonly detail: string }
  /** The user, or the provider for them, said no (RFC 6749 §4.1.2.1). */
  | { readonly reason: 'denied' }
  /** The provider refused us, in an error code of its own. */
  | { readonly reason: 'provider_refused'; readonly detail: string }
  /** What came back is not the answer to what we asked. Possibly an attack. */
  | { readonly reason: 'answer_invalid'; readonly detail: string }
  /** The provider has banned its user. */
  | { readonly reason: 'banned' };
