import { sha256, toBase64Url, utf8 } from '../../shared/bytes.ts';
import type { SessionRecord } from '../../shared/contracts/identity/user-sessions.ts';
import { AccountId, SessionId } from '../../shared/ids.ts';
import { unsealText } from '../../shared/tokens/sealed-text.ts';
import type { AuthorizationRequest } from '../../workers/identity/oauth/authorize/authorization-request.ts';
import {
  type Interaction,
  newInteractionId,
  saveInteraction,
} from '../../workers/identity/oauth/authorize/interaction.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import { ADA, IdentityFixture } from './identity-fixture.ts';
import { Page } from './node/user-agent.ts';
import { aClient, anAuthorizationRequest } from './oauth-fixture.ts';
import { PageBrowser } from './page-browser.ts';

export const BOB = { email: 'Bob@Example.test', password: 'another long phrase' };

type Fields = Readonly<Record<string, string>>;

/** The hosted pages over memory, a browser at them, and two people with accounts. */
export class PageFixture {
  readonly identity: IdentityFixture;
  readonly backend: IdentityFixture['backend'];
  readonly issuer: string;
  readonly browser: PageBrowser;
  accountId = AccountId.restore('00000000-0000-0000-0000-000000000000');

  constructor(settings: Fields = {}) {
    this.identity = new IdentityFixture(settings);
    this.backend = this.identity.backend;
    this.issuer = this.identity.services.config.issuer;
    this.browser = new PageBrowser(this.identity);
  }

  static async start(): Promise<PageFixture> {
    const test = new PageFixture();
    await test.register();
    return test;
  }

  /** Ada, whose the account is, and Bob. */
  async register(): Promise<void> {
    const { json } = await this.identity.register();
    this.accountId = AccountId.restore(json.accountId);
    await this.identity.register(BOB);
    this.backend.signed.length = 0;
  }

  anotherBrowser(): PageBrowser {
    return new PageBrowser(this.identity);
  }

  /** Begins in the browser what `/oauth2/authorize` begins. */
  async interaction(
    request: Partial<AuthorizationRequest> = {},
    client: Partial<Client> = {},
  ): Promise<Interaction> {
    const stored = this.backend.clients.add(aClient(client));
    await this.browser.open('/create-account');
    const interaction: Interaction = {
      id: newInteractionId(),
      browser: toBase64Url(await sha256(utf8(`browser ${await this.browser.cookie('browser')}`))),
      request: anAuthorizationRequest({ clientId: stored.clientId, ...request }),
      startedAt: this.backend.now,
      signedIn: null,
      consent: null,
    };
    await saveInteraction(this.identity.services.ttlStore(), interaction);
    return interaction;
  }

  saved(id: string): Interaction {
    return JSON.parse(this.backend.values.get(`interaction:${id}`) ?? 'null');
  }

  /** A form as a browser sends it, without following where it leads. */
  post(path: string, fields: Fields, headers: Fields = {}): Promise<Response> {
    return this.browser.fetch(path, {
      method: 'POST',
      body: new URLSearchParams(fields),
      headers: { origin: this.issuer, 'sec-fetch-site': 'same-origin', ...headers },
    });
  }

  async postPage(path: string, fields: Fields): Promise<Page> {
    const response = await this.post(path, fields);
    return new Page(new URL(path, this.issuer), response, await response.text());
  }

  /** What the form carries unseen that shows it to be ours. */
  async csrf(): Promise<Fields> {
    const page = await this.browser.open('/create-account');
    const { fields } = page.form('Create account');
    return { csrf_token: fields['csrf_token'] ?? '' };
  }

  async signInFields(interaction?: string, who = ADA): Promise<Fields> {
    return { ...(await this.csrf()), ...who, ...(interaction !== undefined && { interaction }) };
  }

  async signIn(who = ADA): Promise<void> {
    await this.post('/sign-in', await this.signInFields(undefined, who));
  }

  /** Who is signed in in the browser. */
  async session(browser = this.browser): Promise<SessionRecord | undefined> {
    const keys = await this.identity.services.sealingKeys();
    const cookie = (await browser.cookie('session')) ?? '';
    const text = await unsealText(keys, 'browser session v1', cookie);
    if (text === undefined) return undefined;
    const [, sessionId] = JSON.parse(text) as [string, string];
    return this.backend.user.readSession(SessionId.restore(sessionId));
  }
}
