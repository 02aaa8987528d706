/**
 * What the clients of an instance held when it stopped: all that they need to go on with the next one.
 * It lies beside the data folder as `holdings.json`, and is never changed: members that a later folder
 * adds are optional here.
 *
 * @module
 */

import type { JSONWebKeySet } from 'jose';

import type { Place } from '../stream-client.ts';

export type Holdings = {
  /** Milliseconds. */
  readonly madeAt: number;
  readonly issuer: string;
  /** What the instance was started with, and goes on with. */
  readonly settings: Readonly<Record<string, string>>;
  /** What it published. */
  readonly jwks: JSONWebKeySet;
  readonly accounts: AccountHoldings;
  readonly grants: GrantHoldings;
  readonly connections: ConnectionHoldings;
};

export type Account = {
  readonly email: string;
  readonly password: string;
  readonly accountId: string;
};

export type Session = {
  readonly sessionId: string;
  readonly accessToken: string;
  /** The newest. */
  readonly refreshToken: string;
};

/** A session that was refreshed twice. */
export type RefreshedSession = Session & {
  /** The refresh token of the sign-in, which is two generations old. */
  readonly oldest: string;
};

export type AccountHoldings = {
  readonly ada: Account & { readonly username: string; readonly displayName: string };
  /** Ada's: one that goes on, one of which an old token is in wrong hands, one that she ended. */
  readonly live: RefreshedSession;
  readonly stolen: RefreshedSession;
  readonly ended: Session;
  /** An access token that was signed with a key that has been replaced. */
  readonly signedBefore: string;
  /** An administrator made her a moderator while this session was open. */
  readonly bea: Account & { readonly session: Session; readonly roles: readonly string[] };
  /** Has no password, and is this one at the provider `acme`. */
  readonly carl: { readonly accountId: string; readonly email: string };
  /** Too many guesses at the password have locked it. */
  readonly locked: Account;
};

export type Client = { readonly clientId: string; readonly clientSecret?: string };

/** What a client got by the code flow. */
export type Grant = {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
};

export type GrantHoldings = {
  /** The `Cookie` header of the browser in which Ada is signed in. */
  readonly cookies: string;
  /** A confidential client that Ada agreed to. */
  readonly shop: Client & {
    readonly grant: Grant;
    /** Its refresh token from before the last refresh but one. */
    readonly oldest: string;
    /** Of another grant: revoked (RFC 7009). */
    readonly revokedAccessToken: string;
    /** A code that was not redeemed yet. */
    readonly code: { readonly code: string; readonly verifier: string };
  };
  /** A public client that registered itself, knows Ada by a pairwise subject, and binds its tokens. */
  readonly app: Client & {
    readonly grant: Grant;
    readonly subject: string;
    /** Private. */
    readonly dpopKey: object;
    readonly registrationUri: string;
    readonly registrationToken: string;
  };
  /** Authenticates with a signed assertion. */
  readonly service: Client & { readonly key: object };
  /** A device whose user has not come yet. */
  readonly device: Client & { readonly deviceCode: string; readonly userCode: string };
  readonly resource: {
    readonly resource: string;
    readonly scopes: readonly string[];
    readonly accessTokenSeconds: number;
  };
  /** Lets its holder register two clients. */
  readonly initialAccessToken: string;
  readonly assertionIssuer: string;
};

export type ConnectionHoldings = {
  /** A service by the grant of client credentials. */
  readonly game: Client;
  /** Lost her connection, and was told of `missed` after that. */
  readonly ann: Stream & { readonly shortcutId: string };
  /** Was connected until the instance stopped. */
  readonly bob: Stream;
  /** Waits in the admission queue, as the first. */
  readonly cleo: Session & { readonly ticket: string };
  readonly capacity: number;
};

export type Stream = {
  readonly account: Account;
  readonly session: Session;
  readonly place: Place;
  readonly missed: readonly string[];
  /** The GUIDs under which the session calls endpoints, and by which peers write to it. */
  readonly guids: Readonly<Record<string, string>>;
  readonly peerGuid: string;
};
