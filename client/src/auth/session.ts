import { isObject, numberOf, parseJson, textOf } from '../common/json.ts';

/** A signed-in user's session, with its tokens. */
export type Session = {
  readonly accountId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token expires, in milliseconds by the server's clock. */
  readonly expiresAt: number;
  /** How long the access token lives from its issue, in milliseconds. */
  readonly lifetime: number;
  /** The hub's `wss:` address. */
  readonly connectUrl: string;
};

/** Reads the server's answer to a sign-in. @param now Milliseconds by the server's clock. */
export function toSession(reply: unknown, now: number): Session | undefined {
  if (!isObject(reply)) return undefined;
  const lifetime = 1000 * (numberOf(reply['expiresIn']) ?? 0);
  return readSession({ ...reply, lifetime, expiresAt: now + lifetime });
}

/** A session as it is stored. `skew` is that of {@link ServerClock}, in milliseconds. */
export type StoredSession = { readonly session: Session; readonly skew: number };

export const writeStoredSession = (stored: StoredSession): string =>
  JSON.stringify({ version: 1, ...stored });

/** Returns `undefined` for text that another version, or other code, wrote. */
export function readStoredSession(text: string): StoredSession | undefined {
  const value = parseJson(text);
  if (!isObject(value) || value['version'] !== 1) return undefined;
  const session = readSession(value['session']);
  return session && { session, skew: numberOf(value['skew']) ?? 0 };
}

function readSession(value: unknown): Session | undefined {
  if (!isObject(value)) return undefined;
  const texts = ['accountId', 'sessionId', 'accessToken', 'refreshToken', 'connectUrl'] as const;
  const [accountId, sessionId, accessToken, refreshToken, connectUrl] = texts.map((name) =>
    textOf(value[name]),
  );
  const expiresAt = numberOf(value['expiresAt']);
  const lifetime = numberOf(value['lifetime']);
  if (!accountId || !sessionId || !accessToken || !refreshToken || !connectUrl) return undefined;
  if (expiresAt === undefined || lifetime === undefined) return undefined;
  return { accountId, sessionId, accessToken, refreshToken, expiresAt, lifetime, connectUrl };
}

/** An access token for the hub. */
export type AccessToken = {
  readonly value: string;
  /** Milliseconds by the server's clock. `undefined` where only the hub can tell. */
  readonly expiresAt: number | undefined;
};

/**
 * Gets an access token for the hub.
 *
 * @param stale A token that the hub refuses, or will refuse soon.
 * @throws {SallyportError} `signed_out` if nobody is signed in.
 */
export type TokenSource = (stale?: string) => Promise<AccessToken>;
