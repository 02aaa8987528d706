import { z } from 'zod';
import { REDIRECT_URI } from './code-rows.ts';

/** A public client with refresh tokens. */
export const PUBLIC_CLIENT = {
  client_name: 'Bench',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
};

const registered = z.object({ client_id: z.string(), client_secret: z.string().optional() });

/**
 * Registers a client without a token (RFC 7591 §3).
 *
 * @throws {Error} If the registration is refused.
 */
export async function registerClient(
  url: string,
  metadata: object,
): Promise<z.infer<typeof registered>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`Cannot register: ${response.status} ${text}`);
  return registered.parse(JSON.parse(text));
}
