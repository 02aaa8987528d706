import { request } from 'node:http';

import { UserAgent } from '../support/node/user-agent.ts';

/**
 * A browser for servers that tell people from programs. `fetch` says in `Sec-Fetch-Mode` that a program
 * asks, and lets nobody change that; this says what browsers say when a person follows a link.
 */
export class Browser extends UserAgent {
  override async fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const target = new URL(url, this.origin);
    const headers = {
      accept: 'text/html,application/xhtml+xml,*/*;q=0.8',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
      ...Object.fromEntries(new Headers(init.headers)),
      cookie: await this.jar.getCookieString(target.href),
    };
    const response = await navigate(target, headers);
    for (const cookie of response.headers.getSetCookie()) {
      await this.jar.setCookie(cookie, target.href);
    }
    return response;
  }
}

const navigate = (url: URL, headers: Readonly<Record<string, string>>): Promise<Response> =>
  new Promise((answered, failed) => {
    const sent = request(url, { headers }, (incoming) => {
      const parts: Buffer[] = [];
      incoming.on('data', (part: Buffer) => parts.push(part));
      incoming.on('end', () => {
        const received = new Headers();
        for (const [name, values = []] of Object.entries(incoming.headersDistinct)) {
          for (const value of values) received.append(name, value);
        }
        const { statusCode: status = 0 } = incoming;
        answered(new Response(Buffer.concat(parts), { status, headers: received }));
      });
    });
    sent.once('error', failed);
    sent.end();
  });
