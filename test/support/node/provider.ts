import { inject } from 'vitest';

import { ADMIN } from './running-instance.ts';
import { ExternalRedirect, Page, UserAgent } from './user-agent.ts';

export const issuer = (): string => inject('issuer');

export type Person = {
  readonly email: string;
  readonly password: string;
  readonly accountId: string;
};

let people = 0;

/** Registers a new account. */
export async function newPerson(displayName = 'Ada Lovelace'): Promise<Person> {
  people += 1;
  const email = `ada.${people}.${crypto.randomUUID().slice(0, 8)}@example.com`;
  const password = `correct horse battery ${people}`;
  const response = await postJson('/api/v1/auth/register', { email, password, displayName });
  const { accountId } = (await response.json()) as { accountId: string };
  return { email, password, accountId };
}

export async function adminToken(): Promise<string> {
  const response = await postJson('/api/v1/auth/login', ADMIN);
  const { accessToken } = (await response.json()) as { accessToken: string };
  return accessToken;
}

export async function postJson(
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const response = await fetch(issuer() + path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...headers },
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

export type Registered = Readonly<Record<string, unknown>> & {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly registration_access_token: string;
  readonly registration_client_uri: string;
};

/** Registers a client without a token (RFC 7591), which development allows. */
export async function registerClient(
  metadata: Readonly<Record<string, unknown>>,
): Promise<Registered> {
  const response = await postJson('/oauth2/register', metadata);
  return (await response.json()) as Registered;
}

/**
 * Signs in and answers the consent page, until the browser reaches the client's redirect URI, or another
 * page.
 */
export async function agree(
  agent: UserAgent,
  url: string | URL,
  person: Person,
  answer: 'Allow' | 'Deny' = 'Allow',
): Promise<Page | ExternalRedirect> {
  let reached = await agent.go(url);
  for (let steps = 0; steps < 5 && reached instanceof Page; steps += 1) {
    const { forms } = reached;
    const has = (button: string) =>
      forms.some(({ buttons }) => buttons.some(({ text }) => text === button));
    if (has('Sign in')) {
      reached = await agent.press(reached, 'Sign in', {
        email: person.email,
        password: person.password,
      });
    } else if (has(answer)) reached = await agent.press(reached, answer);
    else if (has('Continue')) reached = await agent.press(reached, 'Continue');
    else return reached;
  }
  return reached;
}

/** As {@link agree}. @throws {Error} If the client's redirect URI is not reached. */
export async function agreed(agent: UserAgent, url: string | URL, person: Person): Promise<URL> {
  const reached = await agree(agent, url, person);
  if (reached instanceof ExternalRedirect) return reached.url;
  throw new Error(`Stopped at ${reached.url} (${reached.status}): ${reached.text.slice(0, 500)}`);
}

export const newAgent = (): UserAgent => new UserAgent(issuer());
