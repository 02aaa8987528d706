import { originSource } from '../../../kit/page.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:$/;

/**
 * Where forms of a page may lead (CSP3 §6.4.2). Chromium applies this to the redirects that follow a
 * form, too, so the client's redirect URI must be admitted, and `https:` for where the client's own
 * redirects lead.
 *
 * @param redirectUri - The client's; `undefined` where no client waits for an answer.
 */
export function formActionSources(redirectUri: string | undefined): readonly string[] {
  if (redirectUri === undefined) return ["'self'"];
  const own = redirectSource(new URL(redirectUri));
  return ["'self'", 'https:', ...(own === undefined ? [] : [own])];
}

function redirectSource(url: URL): string | undefined {
  const { protocol } = url;
  if (protocol === 'https:') return undefined;
  if (protocol === 'http:') return originSource(url);
  return SCHEME.test(protocol) ? protocol : undefined;
}
