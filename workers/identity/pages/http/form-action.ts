/** Policies have their own grammar, in which a host may say more than its name. */
const HOST = /^[a-z0-9.-]+(?::\d+)?$/;
const SCHEME = /^[a-z][a-z0-9+.-]*:$/;

/**
 * Where forms of a page may lead (CSP3 §6.4.2). Chromium holds to it the redirects that follow a
 * form, too, so the client's redirect URI must be admitted, and `https:` for where the client's own
 * redirects lead.
 *
 * @param redirectUri - The client's; `undefined` where no client waits for an answer.
 */
export function formActionSources(redirectUri: string | undefined): readonly string[] {
  if (redirectUri === undefined) return ["'self'"];
  const own = sourceOf(new URL(redirectUri));
  return ["'self'", 'https:', ...(own === undefined ? [] : [own])];
}

function sourceOf({ protocol, host, origin }: URL): string | undefined {
  if (protocol === 'https:') return undefined;
  if (protocol !== 'http:') return SCHEME.test(protocol) ? protocol : undefined;
  // `[::1]` has no form in a policy.
  return HOST.test(host) ? origin : protocol;
}
