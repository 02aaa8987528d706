import type { Reply, TourClient } from './client.ts';
import { expectStatus, textOf } from './expect.ts';
import type { HubClient } from './hub-client.ts';

/** What came back, for the reader: a name and a value without secrets. */
export type Fact = readonly [name: string, value: string];

export type Tokens = {
  readonly accountId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
};

/** What one step leaves for the next. */
export type Tour = {
  readonly client: TourClient;
  readonly url: string;
  readonly person: { readonly email: string; readonly password: string };
  /** Of the first session. */
  tokens: Tokens;
  /** The refresh token before the present one. */
  usedRefreshToken: string;
  /** Of the second session. */
  other: Tokens;
  hub: HubClient | undefined;
  /** GUIDs of this session's endpoints, by `service METHOD:/path`. */
  endpoints: ReadonlyMap<string, string>;
};

export type Step = {
  readonly title: string;
  /** @throws {Surprise} If an expectation does not hold. */
  run(tour: Tour): Promise<readonly Fact[]>;
};

export function tokensOf(reply: Reply, status: number): Tokens {
  expectStatus(reply, status);
  return {
    accountId: textOf(reply, 'accountId'),
    sessionId: textOf(reply, 'sessionId'),
    accessToken: textOf(reply, 'accessToken'),
    refreshToken: textOf(reply, 'refreshToken'),
  };
}

/** Enough of a token to tell it from another, too little to use it. */
export const shortened = (token: string): string =>
  `${token.slice(0, 6)}…${token.slice(-4)} (${token.length} characters)`;
