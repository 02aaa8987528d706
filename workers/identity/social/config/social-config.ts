import type { Provider } from '../providers/provider.ts';
import { buildProvider } from './build-provider.ts';
import type { SocialSettings } from './social-settings.ts';

export type SocialConfig = {
  /** By id, in the order of the buttons. */
  readonly providers: ReadonlyMap<string, Provider>;
};

type Issue = { readonly path: readonly (string | number)[]; readonly message: string };

/** What is wrong with providers that have the right shape one by one. Never quotes a value. */
export function socialIssues(settings: SocialSettings): readonly Issue[] {
  const { SOCIAL_PROVIDERS: members, SOCIAL_CLIENT_SECRETS: secrets } = settings;
  return members.flatMap((member, index) => {
    const built = buildProvider(member, secrets[member.id]);
    if (built.ok) return [];
    const { setting, message, member: name } = built.error;
    const path = setting === 'SOCIAL_PROVIDERS' ? [index] : [member.id];
    return [{ path: [setting, ...path, ...(name === undefined ? [] : [name])], message }];
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
