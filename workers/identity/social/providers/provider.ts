import type { Result } from '../../../../shared/result.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { type EmailAddress, parseEmailAddress } from '../../accounts/account.ts';
import { displayNameField } from '../../accounts/fields.ts';
import type { SocialFault } from '../fault.ts';

/** How we prove to a provider's token endpoint who we are. */
export type ClientCredential =
  | { readonly method: 'none' }
  | { readonly method: 'client_secret_post' | 'client_secret_basic'; readonly secret: string }
  /** A secret that is a JWT, signed for each request. */
  | ({ readonly method: 'apple_jwt' } & AppleKey);

export type AppleKey = {
  readonly teamId: string;
  readonly keyId: string;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
};

/** Reads a JSON document of a provider with the user's access token. */
export type FetchFromProvider = (url: string) => Promise<Result<unknown, SocialFault>>;

/** How a provider of OpenID Connect differs from the standard. */
export type OidcDefinition = {
  readonly kind: 'oidc';
  readonly name: string;
  /** As in its ID tokens. `{tenantid}` stands for the tenant, of which there are many. */
  readonly issuer: string;
  readonly scopes: readonly string[];
  /** Further parameters of the authorization request. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `form_post`: the answer comes as a POST from the provider's site, without our cookies. */
  readonly responseMode: 'query' | 'form_post';
  /** What an e-mail among these claims is worth. */
  readonly emailStanding: (claims: JsonObject, email: string) => EmailTrust;
};

/** A provider that speaks OAuth 2 and tells of its user in a way of its own. */
export type OAuth2Definition = {
  readonly kind: 'oauth2';
  readonly name: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly userEndpoint: string;
  readonly scopes: readonly string[];
  readonly readProfile: (
    ask: FetchFromProvider,
    userEndpoint: string,
  ) => Promise<Result<ProviderProfile, SocialFault>>;
};

/** OpenID 2.0, and session tickets of its game clients. */
export type SteamDefinition = {
  readonly kind: 'steam';
  readonly name: string;
  /** The OP endpoint of OpenID 2.0. */
  readonly authorizationEndpoint: string;
  /** `ISteamUserAuth/AuthenticateUserTicket`. */
  readonly tokenEndpoint: string;
  /** `ISteamUser/GetPlayerSummaries`. */
  readonly userEndpoint: string;
};

type Configured = {
  readonly id: string;
  /** Whether the provider's tokens are kept, sealed. */
  readonly keepTokens: boolean;
};

type Client = {
  readonly clientId: string;
  readonly credential: ClientCredential;
};

export type OidcProvider = OidcDefinition &
  Configured &
  Client & {
    /** Those that are not to be discovered. */
    readonly endpoints: {
      readonly authorization: string | undefined;
      readonly token: string | undefined;
      readonly userinfo: string | undefined;
      readonly jwks: string | undefined;
    };
  };

export type OAuth2Provider = OAuth2Definition & Configured & Client;

export type SteamProvider = SteamDefinition &
  Configured & {
    /** `null`: no session tickets, and no names. */
    readonly apiKey: string | null;
    /** Of the game whose tickets are taken. `null`: none are. */
    readonly appId: number | null;
    /** What the game names when it asks Steam for a ticket: a ticket for another service is no use. */
    readonly ticketIdentity: string;
  };

export type Provider = OidcProvider | OAuth2Provider | SteamProvider;

/**
 * What a provider's word on an e-mail is worth. `verified`: it has seen that its user reads the
 * address, some day. `authoritative`: it hosts the address, or we were told to trust it: whoever
 * signs in there owns the address now.
 */
export type EmailTrust = 'unverified' | 'verified' | 'authoritative';

export type ProviderEmail = EmailAddress & { readonly standing: EmailTrust };

/** Somebody, as a provider describes them. */
export type ProviderProfile = {
  /** What the provider calls its user, for ever. */
  readonly subject: string;
  readonly email: ProviderEmail | null;
  readonly displayName: string | null;
};

/** @returns `null` for what we do not accept as an address. */
export function providerEmail(
  text: string | null | undefined,
  standing: EmailTrust,
): ProviderEmail | null {
  const email = parseEmailAddress(text ?? '');
  return email === undefined ? null : { ...email, standing };
}

const MAX_DISPLAY_NAME = 64;

/** The first name that may be shown. A long one is cut; one with hidden characters is none. */
export function providerName(...names: readonly (string | null | undefined)[]): string | null {
  for (const name of names) {
    const cut = Array.from(name ?? '').slice(0, MAX_DISPLAY_NAME);
    const shown = displayNameField.safeParse(cut.join(''));
    if (shown.success) return shown.data;
  }
  return null;
}
