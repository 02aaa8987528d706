import { err, ok, type Result } from '../../../../shared/result.ts';
import { CATALOGUE } from '../providers/catalogue.ts';
import { generic } from '../providers/generic.ts';
import type {
  ClientCredential,
  OAuth2Definition,
  OAuth2Provider,
  OidcDefinition,
  OidcProvider,
  Provider,
  SteamDefinition,
  SteamProvider,
} from '../providers/provider.ts';
import type { MemberSecret, MemberSettings } from './member-settings.ts';

/** What is wrong with one provider: the setting or the secret, to be read after its name. */
export type ProviderFault = {
  readonly setting: 'SOCIAL_PROVIDERS' | 'SOCIAL_CLIENT_SECRETS';
  readonly member: string | undefined;
  readonly message: string;
};

const fault = (member: keyof MemberSettings, message: string): Result<never, ProviderFault> =>
  err({ setting: 'SOCIAL_PROVIDERS', member, message });
const secretFault = (message: string): Result<never, ProviderFault> =>
  err({ setting: 'SOCIAL_CLIENT_SECRETS', member: undefined, message });

/** A provider of ours, from its definition, its settings and its secret. Pure. */
export function buildProvider(
  settings: MemberSettings,
  secret: MemberSecret | undefined,
): Result<Provider, ProviderFault> {
  const definition = definitionOf(settings);
  if (!definition.ok) return definition;
  const { value } = definition;
  if (value.kind === 'steam') return buildSteam(value, settings, secret);
  if ((settings.appId ?? settings.ticketIdentity) !== undefined) {
    return fault('appId', 'is for Steam only');
  }
  return value.kind === 'oidc'
    ? buildOidc(value, settings, secret)
    : buildOAuth2(value, settings, secret);
}

type Definition = OidcDefinition | OAuth2Definition | SteamDefinition;

function definitionOf(settings: MemberSettings): Result<Definition, ProviderFault> {
  const { id, kind, name, issuer, trustEmail } = settings;
  const known = CATALOGUE.get(id);
  if (known !== undefined) {
    if (trustEmail !== undefined) return fault('trustEmail', 'is for kind "oidc" only');
    if (kind !== undefined) return fault('kind', 'must be absent: this id is a known provider');
    return ok(known);
  }
  if (kind === undefined) return fault('kind', 'must be "oidc": this id is no known provider');
  if (issuer === undefined) return fault('issuer', 'is missing');
  return ok(generic(name ?? id, issuer, trustEmail ?? false));
}

function buildOidc(
  definition: OidcDefinition,
  settings: MemberSettings,
  secret: MemberSecret | undefined,
): Result<OidcProvider, ProviderFault> {
  const client = clientOf(settings, secret);
  if (!client.ok) return client;
  const scopes = settings.scopes ?? definition.scopes;
  if (!scopes.includes('openid')) return fault('scopes', 'must contain "openid"');
  return ok({
    ...definition,
    ...client.value,
    ...named(definition, settings),
    scopes,
    issuer: settings.issuer ?? definition.issuer,
    endpoints: {
      authorization: settings.authorizationEndpoint,
      token: settings.tokenEndpoint,
      userinfo: settings.userEndpoint,
      jwks: settings.jwksUri,
    },
  });
}

function buildOAuth2(
  definition: OAuth2Definition,
  settings: MemberSettings,
  secret: MemberSecret | undefined,
): Result<OAuth2Provider, ProviderFault> {
  const client = clientOf(settings, secret);
  if (!client.ok) return client;
  return ok({
    ...definition,
    ...client.value,
    ...named(definition, settings),
    scopes: settings.scopes ?? definition.scopes,
    authorizationEndpoint: settings.authorizationEndpoint ?? definition.authorizationEndpoint,
    tokenEndpoint: settings.tokenEndpoint ?? definition.tokenEndpoint,
    userEndpoint: settings.userEndpoint ?? definition.userEndpoint,
  });
}

function buildSteam(
  definition: SteamDefinition,
  settings: MemberSettings,
  secret: MemberSecret | undefined,
): Result<SteamProvider, ProviderFault> {
  const { appId, ticketIdentity } = settings;
  if (typeof secret === 'object') return secretFault('must be a text');
  if (appId !== undefined && secret === undefined) return secretFault('must have the web API key');
  return ok({
    ...definition,
    ...named(definition, settings),
    keepTokens: false,
    authorizationEndpoint: settings.authorizationEndpoint ?? definition.authorizationEndpoint,
    tokenEndpoint: settings.tokenEndpoint ?? definition.tokenEndpoint,
    userEndpoint: settings.userEndpoint ?? definition.userEndpoint,
    apiKey: secret ?? null,
    appId: appId ?? null,
    ticketIdentity: ticketIdentity ?? 'sallyport',
  });
}

const named = ({ name }: Definition, settings: MemberSettings) => ({
  id: settings.id,
  name: settings.name ?? name,
  keepTokens: settings.keepTokens ?? false,
});

function clientOf(settings: MemberSettings, secret: MemberSecret | undefined) {
  const { clientId } = settings;
  if (clientId === undefined) return fault('clientId', 'is missing');
  const credential = credentialOf(settings, secret);
  return credential.ok ? ok({ clientId, credential: credential.value }) : credential;
}

function credentialOf(
  { id, kind, tokenEndpointAuthMethod }: MemberSettings,
  secret: MemberSecret | undefined,
): Result<ClientCredential, ProviderFault> {
  if (id === 'apple') {
    if (typeof secret === 'object') return ok({ method: 'apple_jwt', ...secret });
    return secretFault('must be an object of teamId, keyId and privateKey');
  }
  if (typeof secret === 'object') return secretFault('must be a text');
  // RFC 6749 §2.3.1 prefers Basic, as the standard's default; the known ones document the form.
  const method =
    tokenEndpointAuthMethod ?? (kind === 'oidc' ? 'client_secret_basic' : 'client_secret_post');
  if (method === 'none') return ok({ method });
  return secret === undefined ? secretFault('is missing') : ok({ method, secret });
}
