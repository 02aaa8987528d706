import { z } from 'zod';
import { inTurns } from './in-turns.ts';

export type SignedIn = {
  /** Distinct access tokens of all users. */
  readonly accessTokens: readonly string[];
  /** The current refresh token of each user. */
  readonly refreshTokens: readonly string[];
};

const tokens = z.object({ accessToken: z.string(), refreshToken: z.string() });
type Tokens = z.infer<typeof tokens>;

/** The number of registrations at once. Those beyond the limit of Argon2id wait in the Worker. */
const AT_ONCE = 4;

/**
 * Registers users through the public API, then refreshes in turn until there are enough distinct
 * access tokens.
 *
 * @throws {Error} If an answer is not a success.
 */
export async function signInUsers(port: number, users: number, wanted: number): Promise<SignedIn> {
  const heads = await inTurns(users, AT_ONCE, (user) => register(port, user));
  const accessTokens = heads.map(({ accessToken }) => accessToken);
  for (let missing = wanted - users; missing > 0; missing -= users) {
    const fresh = await inTurns(Math.min(users, missing), AT_ONCE, (user) =>
      refresh(port, heads[user]),
    );
    for (const [user, head] of fresh.entries()) heads[user] = head;
    accessTokens.push(...fresh.map(({ accessToken }) => accessToken));
  }
  return { accessTokens, refreshTokens: heads.map(({ refreshToken }) => refreshToken) };
}

const register = (port: number, user: number): Promise<Tokens> =>
  post(port, '/api/v1/auth/register', {
    email: `bench-${user}@example.test`,
    password: `a long enough pass phrase ${user}`,
  });

const refresh = (port: number, tokens: Tokens | undefined): Promise<Tokens> =>
  post(port, '/api/v1/auth/token/refresh', { refreshToken: tokens?.refreshToken });

async function post(port: number, path: string, body: object): Promise<Tokens> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'user-agent': 'bench' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`Cannot sign in: ${response.status} at ${path}`);
  return tokens.parse(await response.json());
}
