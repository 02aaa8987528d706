import type { Fields } from './oauth-requests.ts';
import { adminToken, issuer, postJson } from './provider.ts';

export type Administered = {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
};

export type ClientOptions = {
  readonly clientId?: string;
  readonly profile?: 'none' | 'fapi2_security' | 'fapi2_message_signing';
  /** Whether users are not asked for consent. Default `true`. */
  readonly skipConsent?: boolean;
  readonly resources?: readonly string[];
  readonly pkceOptional?: boolean;
  readonly cibaAllowed?: boolean;
};

/** The redirect URI of the tests' clients. No server is at this address. */
export const REDIRECT = 'https://client.example.test/callback';

let token: Promise<string> | undefined;

/** The authorization header of an administrator, who signs in once per file. */
export async function asAdministrator(): Promise<Readonly<Record<string, string>>> {
  token ??= adminToken();
  return { authorization: `Bearer ${await token}` };
}

/** Creates a client by the administrators' API, without consent by default. */
export async function createClient(
  metadata: Readonly<Record<string, unknown>> = {},
  { skipConsent = true, ...options }: ClientOptions = {},
): Promise<Administered> {
  const body = { metadata: { redirect_uris: [REDIRECT], ...metadata }, skipConsent, ...options };
  const response = await postJson('/api/v1/oauth/clients', body, await asAdministrator());
  const { clientId, clientSecret } = (await response.json()) as Administered;
  return { clientId, clientSecret };
}

export async function changeClient(
  { clientId }: Administered,
  change: Readonly<Record<string, unknown>>,
): Promise<void> {
  const response = await fetch(`${issuer()}/api/v1/oauth/clients/${clientId}`, {
    method: 'PATCH',
    body: JSON.stringify(change),
    headers: { 'content-type': 'application/json', ...(await asAdministrator()) },
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

/** The client's credentials as form parameters. */
export const credentials = ({ clientId, clientSecret }: Administered) =>
  ({ client_id: clientId, client_secret: clientSecret }) satisfies Fields;

export const PUBLIC = {
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
};
export const CONFIDENTIAL = {
  token_endpoint_auth_method: 'client_secret_post',
  grant_types: ['authorization_code', 'refresh_token'],
};
