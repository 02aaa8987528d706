import { sha256, utf8 } from '../../shared/bytes.ts';
import type { Client } from '../../workers/identity/oauth/clients/client.ts';
import { aProof, type Prover, proofClaims } from './dpop-forge.ts';
import { aClient } from './oauth-fixture.ts';
import { PageFixture } from './page-fixture.ts';

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
export const CIBA_GRANT = 'urn:openid:params:grant-type:ciba';

type Form = Readonly<Record<string, string | readonly string[]>>;
type Sent = Readonly<Record<string, string>>;

/** Clients that begin requests and poll, over memory, beside a browser in which users answer them. */
export class BackchannelFixture {
  readonly page: PageFixture;

  private constructor(page: PageFixture) {
    this.page = page;
  }

  static async start(): Promise<BackchannelFixture> {
    return new BackchannelFixture(await PageFixture.start());
  }

  get backend() {
    return this.page.backend;
  }

  get services() {
    return this.page.identity.services;
  }

  /** A device: a public client that registered itself. */
  device(more: Partial<Client> = {}): Client {
    return this.backend.clients.add(
      aClient({
        source: 'registered',
        name: 'Living room TV',
        tokenEndpointAuthMethod: 'none',
        grantTypes: [DEVICE_GRANT, 'refresh_token'],
        ...more,
      }),
    );
  }

  /** A client that registered itself and to which an administrator gave CIBA. It polls, and has the secret `secret`. */
  async bank(more: Partial<Client> = {}): Promise<Client> {
    const secrets = [{ hash: await sha256(utf8('secret')), expiresAt: null }];
    return this.backend.clients.add(
      aClient({
        source: 'registered',
        name: 'The bank',
        cibaAllowed: true,
        tokenEndpointAuthMethod: 'client_secret_post',
        secrets,
        grantTypes: [CIBA_GRANT, 'refresh_token'],
        backchannelTokenDeliveryMode: 'poll',
        ...more,
      }),
    );
  }

  /** As `client-1`, unless the form says otherwise. */
  post(path: string, form: Form, headers: Sent = {}) {
    const body = new URLSearchParams();
    for (const [name, value] of Object.entries({ client_id: 'client-1', ...form })) {
      for (const one of [value].flat()) body.append(name, one);
    }
    return this.page.identity.call(path, {
      method: 'POST',
      body: body.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    });
  }

  authorizeDevice(form: Form = {}) {
    return this.post('/oauth2/device_authorization', { scope: 'openid profile', ...form });
  }

  pollDevice(deviceCode: string, form: Form = {}, headers: Sent = {}) {
    const grant = { grant_type: DEVICE_GRANT, device_code: deviceCode };
    return this.post('/oauth2/token', { ...grant, ...form }, headers);
  }

  askUser(form: Form = {}) {
    const defaults = { scope: 'openid', login_hint: 'ada@example.test', client_secret: 'secret' };
    return this.post('/oauth2/bc-authorize', { ...defaults, ...form });
  }

  pollBank(authReqId: string, form: Form = {}) {
    const grant = { grant_type: CIBA_GRANT, auth_req_id: authReqId, client_secret: 'secret' };
    return this.post('/oauth2/token', { ...grant, ...form });
  }

  /** The user, who is signed in, enters a code and answers. */
  async answerDevice(userCode: string, answer: 'Allow' | 'Deny') {
    const { browser } = this.page;
    const enter = await browser.open(`/device?user_code=${userCode}`);
    const confirm = await browser.press(enter, 'Continue');
    return browser.press(asPage(confirm), answer);
  }

  /** The user, who is signed in, answers the request that came last. */
  async answerBank(answer: 'Allow' | 'Deny') {
    const { browser } = this.page;
    const account = await browser.open('/account');
    const path = /\/account\/requests\/[\w-]{43}/.exec(account.html)?.[0] ?? '';
    return browser.press(await browser.open(path), answer);
  }

  /** A `DPoP` header for the token endpoint. */
  async proof(prover: Prover): Promise<{ dpop: string }> {
    const { current } = await this.services.dpopNonces();
    const made = { iat: Math.floor(this.backend.now / 1_000), nonce: current };
    const url = 'https://id.example.test/oauth2/token';
    return { dpop: await aProof(prover, proofClaims('POST', url, made)) };
  }
}

/** What a press led to, which must be a page of ours. */
export function asPage(reached: Awaited<ReturnType<PageFixture['browser']['press']>>) {
  if ('html' in reached) return reached;
  throw new Error(`Expected a page, but was sent to ${reached.url.href}`);
}
