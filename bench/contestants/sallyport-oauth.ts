import { postForm } from '../load/raw-request.ts';
import type { RowKey } from '../row-key.ts';
import { openBrowser } from './browsers.ts';
import { clientCredentials } from './client-credentials.ts';
import { codeRows } from './code-rows.ts';
import type { Contestant, Row } from './contestant.ts';
import { inTurns } from './in-turns.ts';
import { PUBLIC_CLIENT, registerClient } from './register-client.ts';
import { startSallyport } from './start-sallyport.ts';

/** The Worker runs few Argon2id hashes at once, so more browsers would wait. */
const AT_ONCE = 4;

/** The endpoints of third-party clients, with the same requests as for the peers. */
export const sallyportOAuth: Contestant = async (ground) => {
  const server = await startSallyport(ground);
  const base = `http://127.0.0.1:${server.port}`;
  const { client_id: clientId } = await registerClient(`${base}/oauth2/register`, PUBLIC_CLIENT);
  const browsers = await inTurns(ground.users, AT_ONCE, (user) => openBrowser(base, user));
  const provider = {
    name: 'Sallyport',
    keys: { refresh: 'oauth-refresh', code: 'oauth-code' },
    port: server.port,
    tokenPath: '/oauth2/token',
    clientId,
    authorize: async (user: number, request: URLSearchParams) =>
      (await browsers[user]?.authorize(request)) ?? '',
  } as const;
  const rows = [...(await confidentialRows(base)), ...(await codeRows(provider, ground))];
  return { ...server, rows };
};

const CONFIDENTIAL_CLIENT = {
  client_name: 'Bench service',
  redirect_uris: [],
  response_types: [],
  grant_types: ['client_credentials'],
  token_endpoint_auth_method: 'client_secret_basic',
};

/** The rows of a client with a secret, which authenticates with every request. */
async function confidentialRows(base: string): Promise<readonly Row[]> {
  const client = await registerClient(`${base}/oauth2/register`, CONFIDENTIAL_CLIENT);
  const authorization = `Basic ${btoa(`${client.client_id}:${client.client_secret ?? ''}`)}`;
  const row = (
    key: RowKey,
    what: string,
    path: string,
    form: Readonly<Record<string, string>>,
    proof: string,
  ): Row => ({
    key,
    label: `Sallyport ${what}`,
    source: { kind: 'rotate', requests: [postForm(path, { authorization }, form)] },
    proof,
  });
  return [
    row(
      'oauth-client-credentials',
      'client_credentials, ES256 JWT',
      '/oauth2/token',
      { grant_type: 'client_credentials' },
      '"access_token":"eyJ',
    ),
    row(
      'oauth-introspection',
      'introspection of a JWT',
      '/oauth2/introspect',
      { token: await clientCredentials(`${base}/oauth2/token`, authorization) },
      '"active":true',
    ),
  ];
}
