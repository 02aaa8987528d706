import type { Result } from '../../../../shared/result.ts';
import type { JsonObject } from '../../../../shared/tokens/strict-json.ts';
import { type EmailAddress, parseEmailAddress } from '../../accounts/account.ts';
import { avatarUrlField, displayNameField, personNameField } from '../../accounts/fields.ts';
import type { SocialFault } from '../fault.ts';

/** How we authenticate at a provider's token endpoint. */
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
  /** As in its ID tokens. `{tenantid}` is a placeholder for the tenant, of which there are many. */
  readonly issuer: string;
  readonly scopes: readonly string[];
  /** Further parameters of the authorization request. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `form_post`: the answer comes as a POST from the provider's site, without our cookies. */
  readonly responseMode: 'query' | 'form_post';
  /** What the e-mail among these claims is worth. */
  readonly emailTrust: (claims: JsonObject, email: string) => EmailTrust;
};

/** A provider that speaks OAuth 2 and describes its user in a format of its own. */
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
    /** Those that are configured. The others are discovered. */
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
    /** `null`: no session tickets are accepted, and no names are read. */
    readonly apiKey: string | null;
    /** The game whose session tickets are accepted. `null`: none are. */
    readonly appId: number | null;
    /** What the game names when it asks Steam for a ticket. A ticket for another service is refused. */
    readonly ticketIdentity: string;
  };

export type Provider = OidcProvider | OAuth2Provider | SteamProvider;

/**
 * What a provider's word on an e-mail is worth. `verified`: the provider once saw that its user reads
 * the address. `authoritative`: the provider hosts the address, or the configuration says to trust it,
 * so whoever signs in there owns the address now.
 */
export type EmailTrust = 'unverified' | 'verified' | 'authoritative';

export type ProviderEmail = EmailAddress & { readonly trust: EmailTrust };

/** Somebody, as a provider describes them. */
export type ProviderProfile = {
  /** The provider's lasting id of its user. */
  readonly subject: string;
  readonly email: ProviderEmail | null;
  readonly displayName: string | null;
  /** What the account is given where its owner has entered nothing. */
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly avatarUrl: string | null;
};

/** @returns `null` for what we do not accept as an address. */
export function providerEmail(
  text: string | null | undefined,
  trust: EmailTrust,
): ProviderEmail | null {
  const email = parseEmailAddress(text ?? '');
  return email === undefined ? null : { ...email, trust };
}

const MAX_NAME = 64;

/**
 * The first of the names that may be shown. A long one is cut, and one with hidden characters is left
 * out.
 */
export function providerName(...names: readonly (string | null | undefined)[]): string | null {
  for (const name of names) {
    const shown = displayNameField.safeParse(cutName(name));
    if (shown.success) return shown.data;
  }
  return null;
}

const cutName = (name: string | null | undefined): string =>
  Array.from(name ?? '')
    .slice(0, MAX_NAME)
    .join('');

/** What a provider tells of its user's name and picture, each where it does. */
export type ReportedDetails = {
  readonly firstName?: string | null | undefined;
  readonly lastName?: string | null | undefined;
  readonly avatarUrl?: string | null | undefined;
};

/** Longer addresses have no room in the cookie of a pending identity. */
const MAX_PICTURE = 512;
/** Microsoft Graph shows a picture to its user's token alone. */
const UNSHOWN_PICTURE = /^https:\/\/graph\.microsoft\.com\//;

/** What an account may take over from a provider. What is not fit to be shown is left out. */
export function providerDetails({
  firstName,
  lastName,
  avatarUrl,
}: ReportedDetails): Pick<ProviderProfile, 'firstName' | 'lastName' | 'avatarUrl'> {
  const picture = avatarUrlField.max(MAX_PICTURE).safeParse(avatarUrl);
  return {
    firstName: providerPersonName(firstName),
    lastName: providerPersonName(lastName),
    avatarUrl: picture.success && !UNSHOWN_PICTURE.test(picture.data) ? picture.data : null,
  };
}

function providerPersonName(name: string | null | undefined): string | null {
  const shown = personNameField.safeParse(cutName(name));
  return shown.success ? shown.data : null;
}
