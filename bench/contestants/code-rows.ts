import { createHash } from 'node:crypto';
import { z } from 'zod';
import { postForm } from '../load/raw-request.ts';
import type { RowKey } from '../row-key.ts';
import type { Ground, Row } from './contestant.ts';
import { inTurns } from './in-turns.ts';

/** A provider's users, and a public client (RFC 6749 §2.1) with PKCE (RFC 7636). */
export type CodeProvider = {
  readonly name: string;
  readonly keys: { readonly refresh: RowKey; readonly code: RowKey };
  readonly port: number;
  readonly tokenPath: string;
  readonly clientId: string;
  /** Requests a code for a user. Returns the URL of the answer to the client. */
  authorize(user: number, request: URLSearchParams): Promise<string>;
};

export const REDIRECT_URI = 'http://127.0.0.1/callback';

/** All codes have the same verifier, which does not influence the measurement. */
const VERIFIER = 'bench-bench-bench-bench-bench-bench-bench-bench';
const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** So many requests at once keep a server busy. */
const AT_ONCE = 16;

/**
 * Makes the rows of code exchange, and of refreshing one token of each user. Every provider gets the same
 * two requests.
 *
 * @throws {Error} If the provider returns no code, or no refresh token for a code.
 */
export async function codeRows(provider: CodeProvider, { users }: Ground): Promise<readonly Row[]> {
  const { name, keys, tokenPath: path, clientId, port } = provider;
  const code = async (user: number): Promise<string> =>
    codeOf(await provider.authorize(user, authorizationRequest(clientId)));
  const tokens = await inTurns(users, AT_ONCE, async (user) =>
    refreshToken(
      await fetch(`http://127.0.0.1:${port}${path}`, post(exchange(clientId, await code(user)))),
    ),
  );
  const make = (count: number): Promise<readonly string[]> =>
    inTurns(count, AT_ONCE, async (index) =>
      postForm(path, {}, exchange(clientId, await code(index % users))),
    );
  return [
    {
      key: keys.refresh,
      label: `${name} refresh, ${users} users`,
      source: {
        kind: 'chain',
        path,
        headers: {},
        member: 'refresh_token',
        form: { grant_type: 'refresh_token', client_id: clientId },
        tokens,
      },
    },
    {
      key: keys.code,
      label: `${name} code exchange, ${users} users`,
      source: { kind: 'fresh', make },
      proof: '"refresh_token":"',
    },
  ];
}

const authorizationRequest = (clientId: string): URLSearchParams =>
  new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: REDIRECT_URI,
    scope: 'profile',
    state: 'bench',
    code_challenge: CHALLENGE,
    code_challenge_method: 'S256',
  });

function codeOf(location: string): string {
  const code = new URL(location).searchParams.get('code');
  if (code === null) throw new Error(`Cannot get a code: the user was sent to ${location}`);
  return code;
}

const exchange = (clientId: string, code: string) => ({
  grant_type: 'authorization_code',
  client_id: clientId,
  redirect_uri: REDIRECT_URI,
  code_verifier: VERIFIER,
  code,
});

const post = (fields: Readonly<Record<string, string>>): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
});

const answer = z.object({ access_token: z.string(), refresh_token: z.string() });

async function refreshToken(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot exchange a code: ${response.status} ${text}`);
  return answer.parse(JSON.parse(text)).refresh_token;
}
