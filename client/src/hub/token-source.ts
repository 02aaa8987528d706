/** Where access tokens for the hub come from. */
export type AccessToken = {
  readonly value: string;
  /** By the server's clock, in milliseconds. `undefined`: the hub will say it. */
  readonly expiresAt: number | undefined;
};

/**
 * @param stale The token that the hub no longer accepts, or soon will not.
 * @throws {SallyportError} `signed_out`: there is none, and there will be none.
 */
export type TokenSource = (stale?: string) => Promise<AccessToken>;
