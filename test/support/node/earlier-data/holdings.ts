/**
 * The tokens, keys and other state of an instance's clients when it stopped, with which they continue at
 * the next instance. The file `holdings.json` beside the data folder has them and is never changed, so
 * members that a later folder adds are optional here.
 *
 * @module
 */

import type { JSONWebKeySet } from 'jose';

import type { Place } from '../stream-client.ts';

export type Holdings = {
  /** Milliseconds. */
  readonly madeAt: number;
  readonly issuer: string;
  /** The settings that the instance is started with. */
  readonly settings: Readonly<Record<string, string>>;
  /** The key set that the instance published. */
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
  /** The newest refresh token. */
  readonly refreshToken: string;
};

/** A session that was refreshed twice. */
export type RefreshedSession = Session & {
  /** The refresh token of the sign-in, which is two generations old. */
  readonly oldest: string;
};

export type AccountHoldings = {
  readonly ada: Account & { readonly username: string; readonly displayName: string };
  /** Ada's sessions: an active one, one of which an old token was stolen, and one that she ended. */
  readonly live: RefreshedSession;
  readonly stolen: RefreshedSession;
  readonly ended: Session;
  /** An access token that was signed with a key that has been replaced. */
  readonly signedBefore: string;
  /** An administrator made her a moderator while this session was open. */
  readonly bea: Account & { readonly session: Session; readonly roles: readonly string[] };
  /** Carl has no password and signs in at the provider `acme`. */
  readonly carl: { readonly accountId: string; readonly email: string };
  /** An account that too many guesses at the password have locked. */
  readonly locked: Account;
};

export type Client = { readonly clientId: string; readonly clientSecret?: string };

/** The tokens that a client got by the code flow. */
export type Grant = {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly idToken: string;
};

export type GrantHoldings = {
  /** The `Cookie` header of the browser in which Ada is signed in. */
  readonly cookies: string;
  /** A confidential client that Ada allowed. */
  readonly shop: Client & {
    readonly grant: Grant;
    /** A refresh token that is two generations old. */
    readonly oldest: string;
    /** A revoked access token (RFC 7009) of another grant. */
    readonly revokedAccessToken: string;
    /** A code that was not redeemed. */
    readonly code: { readonly code: string; readonly verifier: string };
  };
  /** A public client that registered itself, with pairwise subjects and DPoP-bound tokens. */
  readonly app: Client & {
    readonly grant: Grant;
    readonly subject: string;
    /** The private key. */
    readonly dpopKey: object;
    readonly registrationUri: string;
    readonly registrationToken: string;
  };
  /** A client that authenticates with a signed assertion. */
  readonly service: Client & { readonly key: object };
  /** A device whose user has not entered the code yet. */
  readonly device: Client & { readonly deviceCode: string; readonly userCode: string };
  readonly resource: {
    readonly resource: string;
    readonly scopes: readonly string[];
    readonly accessTokenSeconds: number;
  };
  /** A token that allows two registrations. */
  readonly initialAccessToken: string;
  readonly assertionIssuer: string;
};

export type ConnectionHoldings = {
  /** A service that gets tokens by client credentials. */
  readonly game: Client;
  /** Ann lost her connection and then missed the events `missed`. */
  readonly ann: Stream & { readonly shortcutId: string };
  /** Bob was connected until the instance stopped. */
  readonly bob: Stream;
  /** Cleo is the first in the admission queue. */
  readonly cleo: Session & { readonly ticket: string };
  readonly capacity: number;
};

export type Stream = {
  readonly account: Account;
  readonly session: Session;
  readonly place: Place;
  readonly missed: readonly string[];
  /** The GUIDs by which the session calls endpoints. */
  readonly guids: Readonly<Record<string, string>>;
  readonly peerGuid: string;
};
