import type { Parameters } from '../../oauth/parameters.ts';

/** What came back from a provider, by whatever way. */
export type ProviderAnswer = {
  /** As it was sent. */
  readonly state: string | undefined;
  readonly code: string | undefined;
  /** RFC 6749 §4.1.2.1, or what the provider calls it. */
  readonly error: string | undefined;
  /** RFC 9207. */
  readonly iss: string | undefined;
  /** Apple's, at the first sign-in only: JSON, not signed. */
  readonly user: string | undefined;
  /** OpenID 2.0 (`openid.*`). */
  readonly openid: Readonly<Record<string, string>>;
};

export function readAnswer(parameters: Parameters): ProviderAnswer {
  const openid = parameters.names().filter((name) => name.startsWith('openid.'));
  return {
    state: parameters.get('state'),
    code: parameters.get('code'),
    error: parameters.get('error'),
    iss: parameters.get('iss'),
    user: parameters.get('user'),
    openid: Object.fromEntries(openid.map((name) => [name, parameters.get(name) ?? ''])),
  };
}
