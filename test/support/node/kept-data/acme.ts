import { startUpstream, type Upstream } from '../upstream-provider.ts';
import { UserAgent } from '../user-agent.ts';

const CLIENT = { clientId: 'sallyport-here', clientSecret: 'a secret of the tests' };

/** The provider `acme`, of an instance that is known by an issuer. */
export const startAcme = (issuer: string): Promise<Upstream> =>
  startUpstream({
    ...CLIENT,
    redirectUri: `${issuer}/api/v1/auth/oauth/acme/callback`,
    claimsOf: (name) => ({ email: name, email_verified: true, name: `Name of ${name}` }),
  });

/** What the instance must be told of it. */
export const acmeSettings = ({ issuer }: Upstream) => ({
  SOCIAL_PROVIDERS: JSON.stringify([
    {
      id: 'acme',
      kind: 'oidc',
      name: 'Acme',
      issuer,
      clientId: CLIENT.clientId,
      trustEmail: true,
      keepTokens: true,
    },
  ]),
  SOCIAL_CLIENT_SECRETS: JSON.stringify({ acme: CLIENT.clientSecret }),
});

/** Signs in at acme, and comes back with tokens. */
export async function signInByAcme(
  { url, issuer }: { readonly url: string; readonly issuer: string },
  acme: Upstream,
  name: string,
): Promise<{ readonly accountId: string }> {
  const agent = new UserAgent(url, issuer);
  const begun = await agent.fetch('/api/v1/auth/oauth/acme/url');
  const { url: there } = (await begun.json()) as { url: string };
  const back = await acme.signIn(there, name);
  const answer = await agent.fetch(`/api/v1/auth/oauth/acme/callback${back.search}`);
  return (await answer.json()) as { accountId: string };
}
