import { originSource } from '../../../kit/page.ts';

const SCHEME = /^[a-z][a-z0-9+.-]*:$/;

/**
 * Where forms of a page may lead (CSP3 §6.4.2). Chromium applies this to the redirects that follow a
 * form, too. A browser that leaves for the web by a page of ours (`going-on.tsx`) needs none of them; for
 * others the client's redirect URI is admitted, and `https:` for where the client's own redirects lead. An
 * app's scheme is always admitted: a redirect opens the app, a page may not.
 *
 * @param redirectUri - The client's; `undefined` where no client waits for an answer.
 * @param leavesByPage - Whether the browser says that it opens pages.
 */
export function formActionSources(
  redirectUri: string | undefined,
  leavesByPage: boolean,
): readonly string[] {
  if (redirectUri === undefined) return ["'self'"];
  const url = new URL(redirectUri);
  if (leavesByPage && isOnWeb(url)) return ["'self'"];
  const own = redirectSource(url);
  const others = leavesByPage ? [] : ['https:'];
  return ["'self'", ...others, ...(own === undefined ? [] : [own])];
}

/** Whether a page can lead there by itself. */
export const isOnWeb = ({ protocol }: URL): boolean =>
  protocol === 'https:' || protocol === 'http:';

function redirectSource(url: URL): string | undefined {
  const { protocol } = url;
  if (protocol === 'https:') return undefined;
  if (protocol === 'http:') return originSource(url);
  return SCHEME.test(protocol) ? protocol : undefined;
}
