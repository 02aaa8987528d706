import { ExternalRedirect, Page, UserAgent } from '../../test/support/node/user-agent.ts';
import { ISSUER } from '../token.ts';

/** The browser of a signed-in user who allows every client. */
export type Browser = {
  /** Returns the URL of the answer to the client. */
  authorize(request: URLSearchParams): Promise<string>;
};

/** A browser that addresses the issuer, although the Workers listen elsewhere. */
class BelievingAgent extends UserAgent {
  override fetch(url: string | URL, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (headers.has('origin')) headers.set('origin', ISSUER);
    return super.fetch(url, { ...init, headers });
  }
}

/** Creates an account at the pages, after which the browser is signed in. */
export async function openBrowser(base: string, user: number): Promise<Browser> {
  const agent = new BelievingAgent(base);
  const page = await agent.open('/create-account');
  await agent.press(page, 'Create account', {
    email: `bench-${user}@example.test`,
    password: `a long enough pass phrase ${user}`,
  });
  return {
    async authorize(request) {
      const reached = await agent.go(`/oauth2/authorize?${request}`);
      const answered = reached instanceof Page ? await agent.press(reached, 'Allow') : reached;
      if (answered instanceof ExternalRedirect) return answered.url.href;
      throw new Error(`Cannot go on at ${answered.url.href}: ${answered.text}`);
    },
  };
}
