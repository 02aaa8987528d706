import * as z from 'zod';
import { type Setting, type SettingProblem, withDefault } from '../../../shared/configuration.ts';
import { err, ok, type Result } from '../../../shared/result.ts';
import { isIssuerUrl } from '../platform/issuer-url.ts';
import { CATALOGUE, generic } from './providers/catalogue.ts';
import type {
  ClientCredential,
  OAuth2Definition,
  OAuth2Provider,
  OidcDefinition,
  OidcProvider,
  Provider,
  SteamDefinition,
  SteamProvider,
} from './providers/provider.ts';

export type SocialConfig = {
  /** By id, in the order of the buttons. */
  readonly providers: ReadonlyMap<string, Provider>;
};

/** What is wrong with providers whose settings have the right shape. Never quotes a value. */
export function socialProblems(settings: Partial<SocialSettings>): readonly SettingProblem[] {
  const { SOCIAL_PROVIDERS: members, SOCIAL_CLIENT_SECRETS: secrets } = settings;
  if (members === undefined || secrets === undefined) return [];
  return members.flatMap((member, index) => {
    const built = buildProvider(member, secrets[member.id]);
    if (built.ok) return [];
    const { setting, message, member: name } = built.error;
    const place = setting === 'SOCIAL_PROVIDERS' ? index : member.id;
    const path = name === undefined ? [place] : [place, name];
    return [{ name: setting, path, message, isMissing: false }];
  });
}

/** The providers, of settings without issues. */
export function socialConfig(settings: SocialSettings): SocialConfig {
  const { SOCIAL_PROVIDERS: members, SOCIAL_CLIENT_SECRETS: secrets } = settings;
  const providers = members.flatMap((member) => {
    const built = buildProvider(member, secrets[member.id]);
    return built.ok ? [[member.id, built.value] as const] : [];
  });
  return { providers: new Map(providers) };
}

/** What is wrong with one provider. The message is read after the name of the setting. */
export type ProviderFault = {
  readonly setting: 'SOCIAL_PROVIDERS' | 'SOCIAL_CLIENT_SECRETS';
  readonly member: string | undefined;
  readonly message: string;
};

const fault = (member: keyof MemberSettings, message: string): Result<never, ProviderFault> =>
  err({ setting: 'SOCIAL_PROVIDERS', member, message });
const secretFault = (message: string): Result<never, ProviderFault> =>
  err({ setting: 'SOCIAL_CLIENT_SECRETS', member: undefined, message });

/** Builds a provider from its definition, its settings and its secret. */
function buildProvider(
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
  const listed = CATALOGUE.get(id);
  if (listed !== undefined) {
    if (trustEmail !== undefined) return fault('trustEmail', 'is for kind "oidc" only');
    if (kind !== undefined) return fault('kind', 'must be absent: this id is a known provider');
    return ok(listed);
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
  // RFC 6749 §2.3.1 prefers Basic, so it is the default; the providers of the catalogue document
  // the form.
  const method =
    tokenEndpointAuthMethod ?? (kind === 'oidc' ? 'client_secret_basic' : 'client_secret_post');
  if (method === 'none') return ok({ method });
  return secret === undefined ? secretFault('is missing') : ok({ method, secret });
}

const endpoint = z.string().refine(isIssuerUrl, {
  error: 'must be an https URL without query or fragment; http is allowed for loopback only',
});

const name = z.string().min(1).max(64);
const clientId = z.string().regex(/^[\x21-\x7e]{1,255}$/, {
  error: 'must be 1 to 255 visible ASCII characters',
});

/** One member of `SOCIAL_PROVIDERS`. */
const MemberSettings = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,32}$/, {
    abort: true,
    error: 'must be 1 to 32 lower-case letters, digits or hyphens',
  }),
  kind: z.literal('oidc').optional(),
  name: name.optional(),
  clientId: clientId.optional(),
  issuer: endpoint.optional(),
  authorizationEndpoint: endpoint.optional(),
  tokenEndpoint: endpoint.optional(),
  userEndpoint: endpoint.optional(),
  jwksUri: endpoint.optional(),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, { error: 'must be a scope' }))
    .max(32)
    .optional(),
  tokenEndpointAuthMethod: z.enum(['client_secret_post', 'client_secret_basic', 'none']).optional(),
  trustEmail: z.boolean().optional(),
  keepTokens: z.boolean().optional(),
  appId: z.int().positive().optional(),
  ticketIdentity: z
    .string()
    .regex(/^[\x21-\x7e]{1,64}$/)
    .optional(),
});

type MemberSettings = z.output<typeof MemberSettings>;

/** What Apple's client secrets are signed with. */
const AppleSecret = z.strictObject({
  teamId: z.string().regex(/^[A-Z0-9]{10}$/, { error: 'must be 10 letters and digits' }),
  keyId: z.string().regex(/^[A-Z0-9]{10}$/, { error: 'must be 10 letters and digits' }),
  privateKey: z
    .string()
    .regex(/^-----BEGIN PRIVATE KEY-----\s[\s\S]+-----END PRIVATE KEY-----\s*$/, {
      error: 'must be PKCS #8 in PEM',
    }),
});

/** One member of `SOCIAL_CLIENT_SECRETS`. */
const MemberSecret = z.union([z.string().min(1).max(1_024), AppleSecret], {
  error: 'must be a text, or an object of teamId, keyId and privateKey',
});

type MemberSecret = z.output<typeof MemberSecret>;

const MAX_PROVIDERS = 32;

/** JSON in a text. The error does not quote it. */
const jsonText = (otherwise: string) =>
  z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: otherwise });
      return z.NEVER;
    }
  });

const Members = jsonText('must be a JSON array')
  .pipe(z.array(MemberSettings).max(MAX_PROVIDERS))
  .superRefine((members, context) => {
    for (const [index, { id }] of members.entries()) {
      if (members.findIndex((one) => one.id === id) === index) continue;
      context.addIssue({ code: 'custom', path: [index, 'id'], message: 'must not be repeated' });
    }
  });

const MemberSecrets = jsonText('must be a JSON object').pipe(z.record(z.string(), MemberSecret));

type SocialSettings = {
  readonly SOCIAL_PROVIDERS: z.output<typeof Members>;
  readonly SOCIAL_CLIENT_SECRETS: z.output<typeof MemberSecrets>;
};

const structured = <T>(allowed: string, schema: z.ZodType<T>): Setting<T> => ({
  allowed,
  read(text) {
    const parsed = schema.safeParse(text);
    return parsed.success ? ok(parsed.data) : err(parsed.error.issues);
  },
});

export const SOCIAL_SETTINGS = {
  /** Who may sign users in, in the order of the buttons. */
  SOCIAL_PROVIDERS: structured('a JSON array of providers (docs/social.md)', Members),
  /** With what we authenticate at each provider. */
  SOCIAL_CLIENT_SECRETS: withDefault(
    '{}',
    structured('a JSON object of secrets by provider (docs/social.md)', MemberSecrets),
  ),
};
