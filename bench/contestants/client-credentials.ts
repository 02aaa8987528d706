import { z } from 'zod';

const answer = z.object({ access_token: z.string() });

/**
 * Gets an access token of the client itself (RFC 6749 §4.4).
 *
 * @param authorization - The header by which the client authenticates.
 * @throws {Error} If the request is refused.
 */
export async function clientCredentials(url: string, authorization: string): Promise<string> {
  const body = new URLSearchParams({ grant_type: 'client_credentials' });
  const response = await fetch(url, { method: 'POST', headers: { authorization }, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot get a token: ${response.status} ${text}`);
  return answer.parse(JSON.parse(text)).access_token;
}
