import { exportPKCS8, generateKeyPair } from 'jose';

import type { Identity } from '../../workers/identity/social/identities/identity-store.ts';
import { FakeOidcProvider } from './fake-oidc-provider.ts';
import type { PageBrowser } from './page-browser.ts';
import { PageFixture } from './page-fixture.ts';

type Query = Readonly<Record<string, string>>;

/** Where the provider sends the browser back to. */
export const callbackOf = (provider: string, query: Query): string =>
  `/api/v1/auth/oauth/${provider}/callback?${new URLSearchParams(query).toString()}`;

/** Presses the button of a provider: the URL that it leads to. */
export async function begin(
  browser: PageBrowser,
  provider: string,
  interaction?: string,
): Promise<string> {
  const query = interaction === undefined ? '' : `?interaction=${interaction}`;
  const response = await browser.fetch(`/sign-in/${provider}${query}`);
  return response.headers.get('location') ?? '';
}

/** A whole sign-in at the pages, up to the answer of the callback. */
export async function signInAt(
  browser: PageBrowser,
  fake: FakeOidcProvider,
  provider: string,
  { interaction, more = {} }: { readonly interaction?: string; readonly more?: Query } = {},
): Promise<Response> {
  const url = await begin(browser, provider, interaction);
  return browser.fetch(callbackOf(provider, { ...fake.authorize(url), ...more }));
}

export const ACME = 'https://login.acme.example';
export const OTHER = 'https://login.other.example';
const appleKey = await generateKeyPair('ES256', { extractable: true });
/** What Apple verifies our secrets with. */
export const APPLE_PUBLIC_KEY = appleKey.publicKey;

const SETTINGS = {
  SOCIAL_PROVIDERS: JSON.stringify([
    {
      id: 'acme',
      kind: 'oidc',
      name: 'Acme',
      issuer: ACME,
      clientId: 'our-client',
      trustEmail: true,
    },
    { id: 'other', kind: 'oidc', issuer: OTHER, clientId: 'our-client', keepTokens: true },
    { id: 'apple', clientId: 'our-client' },
  ]),
  SOCIAL_CLIENT_SECRETS: JSON.stringify({
    acme: 'secret-of-acme',
    other: 'secret of other',
    apple: {
      teamId: 'ABCDE12345',
      keyId: 'FGHIJ67890',
      privateKey: await exportPKCS8(appleKey.privateKey),
    },
  }),
};

/** What a provider says of Ada. */
export const VERIFIED = { email: 'ada@example.test', email_verified: true };

/** The hosted pages, and two providers of OpenID Connect: one that is trusted, one that is not. */
export class SocialFixture extends PageFixture {
  readonly acme = new FakeOidcProvider(this.backend.web, ACME, () => this.backend.now);
  readonly other = new FakeOidcProvider(this.backend.web, OTHER, () => this.backend.now);

  static override async start(): Promise<SocialFixture> {
    const test = new SocialFixture(SETTINGS);
    test.acme.bends = { claims: { email: 'zoe@example.test', email_verified: true, name: 'Zoë' } };
    await test.register();
    return test;
  }

  identities(): readonly Identity[] {
    return [...this.backend.identities.stored.values()];
  }

  events(event: string) {
    return this.backend.logged.filter((one) => one.event === event);
  }

  /** Ada's e-mail, as if she had followed a link in a mail. */
  verifyEmail(): void {
    const stored = this.backend.accounts.stored.get(this.accountId);
    if (stored !== undefined) stored.account = { ...stored.account, emailVerified: true };
  }
}
