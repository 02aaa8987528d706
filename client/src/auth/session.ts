import { isObject, numberOf, parseJson, textOf } from '../common/json.ts';

/** Who is signed in, and with what. */
export type Session = {
  readonly accountId: string;
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** By the server's clock, in milliseconds. */
  readonly expiresAt: number;
  /** Of the access token when it was made, in milliseconds. */
  readonly lifetime: number;
  /** Where the hub is: `wss:`. */
  readonly connectUrl: string;
};

/** Reads what the server answers to a sign-in. @param now By the server's clock. */
export function toSession(reply: unknown, now: number): Session | undefined {
  if (!isObject(reply)) return undefined;
  const lifetime = 1000 * (numberOf(reply['expiresIn']) ?? 0);
  return readSession({ ...reply, lifetime, expiresAt: now + lifetime });
}

/** What is stored: the session, and what had been learnt of the server's clock. */
export type StoredSession = { readonly session: Session; readonly skew: number };

export const writeStoredSession = (kept: StoredSession): string =>
  JSON.stringify({ version: 1, ...kept });

/** `undefined` for what another version wrote, or somebody else. */
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
