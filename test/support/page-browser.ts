import { CLIENT_IP_HEADER } from '../../shared/contracts/edge/principal.ts';
import type { IdentityFixture } from './identity-fixture.ts';
import { UserAgent } from './node/user-agent.ts';

type Identity = Pick<IdentityFixture, 'services' | 'fetch'>;

/** A browser without scripts at the pages of `identity`, whose requests look like those of `edge`. */
export class PageBrowser extends UserAgent {
  readonly #identity: Identity;

  constructor(identity: Identity) {
    super(identity.services.config.issuer);
    this.#identity = identity;
  }

  override async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url, this.origin);
    const headers = new Headers(init.headers);
    headers.set('cookie', await this.jar.getCookieString(target.href));
    headers.set(CLIENT_IP_HEADER, '203.0.113.7');
    const response = await this.#identity.fetch(new Request(target, { ...init, headers }));
    for (const cookie of response.headers.getSetCookie()) {
      await this.jar.setCookie(cookie, target.href);
    }
    return response;
  }

  async cookie(name: string): Promise<string | undefined> {
    const cookies = await this.jar.getCookies(this.origin);
    return cookies.find(({ key }) => key.replace(/^__Host-/, '') === `sallyport-${name}`)?.value;
  }
}
