import { ISSUER } from './harness.ts';
import { UserAgent } from './user-agent.ts';

/** A user's browser at Workers whose issuer is {@link ISSUER}, but which listen elsewhere. */
export class WorkersAgent extends UserAgent {
  readonly #address: string;

  /** @param address - The origin at which the Workers listen. */
  constructor(address: string) {
    super(ISSUER);
    this.#address = address;
  }

  override async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url, this.origin);
    const headers = new Headers(init.headers);
    headers.set('cookie', await this.jar.getCookieString(target.href));
    const here = target.href.replace(ISSUER, this.#address);
    const response = await fetch(here, { ...init, headers, redirect: 'manual' });
    for (const cookie of response.headers.getSetCookie()) {
      await this.jar.setCookie(cookie, target.href);
    }
    return response;
  }
}
