import { startUpstream, type Upstream } from '../upstream-provider.ts';
import { UserAgent } from '../user-agent.ts';

const CLIENT = { clientId: 'sallyport-here', clientSecret: 'a secret of the tests' };

/** Starts the provider `acme` for the instance of an issuer. */
export const startAcme = (issuer: string): Promise<Upstream> =>
  startUpstream({
    ...CLIENT,
    redirectUri: `${issuer}/api/v1/auth/oauth/acme/callback`,
    claimsOf: (name) => ({ email: name, email_verified: true, name: `Name of ${name}` }),
  });

/** The instance's settings for the provider. */
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

/** Signs in at acme, and returns the account of the answer. */
export async function signInByAcme(
  { url, issuer }: { readonly url: string; readonly issuer: string },
  acme: Upstream,
  name: string,
): Promise<{ readonly accountId: string }> {
  const agent = new UserAgent(url, issuer);
  const begun = await agent.fetch('/api/v1/auth/oauth/acme/url');
  const { url: signInUrl } = (await begun.json()) as { url: string };
  const back = await acme.signIn(signInUrl, name);
  const answer = await agent.fetch(`/api/v1/auth/oauth/acme/callback${back.search}`);
  return (await answer.json()) as { accountId: string };
}
