import * as z from 'zod';

import { MemberSecret, MemberSettings } from './member-settings.ts';

const MAX_PROVIDERS = 32;

/** JSON in a text. What is wrong with it is said without quoting it. */
const jsonText = (otherwise: string) =>
  z.string().transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: otherwise });
      return z.NEVER;
    }
  });

/** The setting `SOCIAL_PROVIDERS`: who may sign users in, in the order of the buttons. */
export const SocialProvidersSetting = jsonText('must be a JSON array')
  .pipe(z.array(MemberSettings).max(MAX_PROVIDERS))
  .superRefine((members, context) => {
    for (const [index, { id }] of members.entries()) {
      if (members.findIndex((one) => one.id === id) === index) continue;
      context.addIssue({ code: 'custom', path: [index, 'id'], message: 'must not be repeated' });
    }
  });

/** The secret `SOCIAL_CLIENT_SECRETS`: what we prove to each of them who we are with. */
export const SocialSecretsSetting = jsonText('must be a JSON object').pipe(
  z.record(z.string(), MemberSecret),
);

export type SocialSettings = {
  readonly SOCIAL_PROVIDERS: z.output<typeof SocialProvidersSetting>;
  readonly SOCIAL_CLIENT_SECRETS: z.output<typeof SocialSecretsSetting>;
};
