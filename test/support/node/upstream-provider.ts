import { createServer, type Server } from 'node:http';

import { Provider } from 'oidc-provider';

import { ExternalRedirect, Page, UserAgent } from './user-agent.ts';

export type Upstream = {
  readonly issuer: string;
  /** Signs in at the provider's pages, and returns the URL that it redirects to. */
  signIn(url: string | URL, name: string): Promise<URL>;
  close(): Promise<void>;
};

export type UpstreamOptions = {
  readonly redirectUri: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The claims about a user by name. */
  readonly claimsOf: (name: string) => Readonly<Record<string, unknown>>;
};

/** Starts a third-party OpenID provider (oidc-provider) with its own pages, on loopback. */
export async function startUpstream(options: UpstreamOptions): Promise<Upstream> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const issuer = `http://127.0.0.1:${portOf(server)}`;
  const provider = new Provider(issuer, configuration(options));
  server.on('request', provider.callback());
  return {
    issuer,
    signIn: (url, name) => signIn(new UserAgent(issuer), url, name),
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function signIn(agent: UserAgent, url: string | URL, name: string): Promise<URL> {
  let reached = await agent.go(url);
  for (let steps = 0; steps < 4 && reached instanceof Page; steps += 1) {
    const isLogin = reached.html.includes('name="login"');
    reached = isLogin
      ? await agent.press(reached, 'Sign-in', { login: name, password: 'any' })
      : await agent.press(reached, 'Continue');
  }
  if (reached instanceof ExternalRedirect) return reached.url;
  throw new Error(`Stopped at ${reached.url}: ${reached.text.slice(0, 300)}`);
}

const configuration = ({ redirectUri, clientId, clientSecret, claimsOf }: UpstreamOptions) => ({
  clients: [
    {
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  features: { devInteractions: { enabled: true } },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
  pkce: { required: () => true },
  cookies: { keys: ['only for tests'] },
  findAccount: async (_context: unknown, name: string) => ({
    accountId: name,
    claims: async () => ({ sub: name, ...claimsOf(name) }),
  }),
});

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('Cannot find a port');
  return address.port;
}
