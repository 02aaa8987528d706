import { type Administered, credentials, REDIRECT } from './administered.ts';
import {
  type Answer,
  authorizeUrl,
  type Fields,
  newPkce,
  type Pkce,
  postToken,
} from './oauth-requests.ts';
import { newAgent, newPerson, type Person } from './provider.ts';
import { ExternalRedirect, type Page, type UserAgent } from './user-agent.ts';

/** The state of a client between the authorization response and the token request. */
export type Attempt = Pkce & {
  readonly code: string;
  readonly clientId: string;
  readonly callback: URL;
};

/** A user who is signed in at the pages, in an own browser. */
export class SignedIn {
  readonly person: Person;
  readonly agent: UserAgent;

  private constructor(person: Person, agent: UserAgent) {
    this.person = person;
    this.agent = agent;
  }

  static async create(): Promise<SignedIn> {
    const [person, agent] = [await newPerson(), newAgent()];
    const { email, password } = person;
    const page = await agent.open('/sign-in');
    const reached = await agent.press(page, 'Sign in', { email, password });
    if (!(reached instanceof ExternalRedirect) && reached.url.pathname === '/account') {
      return new SignedIn(person, agent);
    }
    throw new Error(`Cannot sign in: stopped at ${reached.url}`);
  }

  /** Sends an authorization request, which is valid unless `parameters` change it. */
  authorize(clientId: string, parameters: Fields = {}): Promise<Page | ExternalRedirect> {
    return this.agent.go(authorizeUrl({ ...authorizationRequest(clientId), ...parameters }));
  }

  /** As {@link authorize}. @throws {Error} If the answer is not a code. */
  async code(clientId: string, parameters: Fields = {}): Promise<Attempt> {
    const pkce = newPkce();
    const reached = await this.authorize(clientId, {
      code_challenge: pkce.challenge,
      ...parameters,
    });
    const callback = reached.url;
    const code = callback.searchParams.get('code');
    if (!(reached instanceof ExternalRedirect) || code === null) {
      throw new Error(`Expected a code, but came to ${callback}`);
    }
    return { ...pkce, code, clientId, callback };
  }

  /** Runs the whole code flow. */
  async tokens(client: Administered, parameters: Fields = {}): Promise<Tokens> {
    const answer = await redeem(client, await this.code(client.clientId, parameters));
    if (answer.status === 200) return tokensOf(answer);
    throw new Error(`Expected tokens, but got ${answer.text}`);
  }
}

export type Tokens = Readonly<Record<'access_token' | 'refresh_token' | 'id_token', string>>;

export const tokensOf = ({ body }: Answer): Tokens => ({
  access_token: String(body['access_token']),
  refresh_token: String(body['refresh_token']),
  id_token: String(body['id_token']),
});

/** The parameters of a valid authorization request. */
export const authorizationRequest = (clientId: string) => ({
  client_id: clientId,
  redirect_uri: REDIRECT,
  response_type: 'code',
  scope: 'openid',
  state: 'the state',
  code_challenge: newPkce().challenge,
  code_challenge_method: 'S256',
});

/** Exchanges a code, by a request that is valid unless `form` changes it. */
export const redeem = (
  client: Administered,
  { code, verifier }: Attempt,
  form: Fields = {},
  headers?: Readonly<Record<string, string>>,
): Promise<Answer> =>
  postToken(
    {
      grant_type: 'authorization_code',
      code,
      code_verifier: verifier,
      redirect_uri: REDIRECT,
      ...credentials(client),
      ...form,
    },
    headers,
  );
