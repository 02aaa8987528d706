/** How somebody proved who they are: what the tokens of their session say of it. */
export type SignInMethod = {
  /** RFC 8176. */
  readonly amr: readonly string[];
  /** The authentication context (OpenID Connect Core §2). */
  readonly acr: string;
};

export const SIGN_IN_METHODS = {
  password: { amr: ['pwd'], acr: 'urn:sallyport:acr:pwd' },
  /** Another provider's word, however it came by it. RFC 8176 names none; this is what others use. */
  federated: { amr: ['fed'], acr: 'urn:sallyport:acr:fed' },
} as const satisfies Record<string, SignInMethod>;
