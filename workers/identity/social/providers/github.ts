import * as z from 'zod';

import { ok } from '../../../../shared/result.ts';
import { providerEmail, providerName } from './profile.ts';
import type { OAuth2Definition } from './provider.ts';
import { readAs } from './read-as.ts';

const User = z.object({
  id: z.int().positive(),
  login: z.string(),
  name: z.string().nullish(),
});

const Emails = z.array(
  z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }),
);

/** Also GitHub Enterprise, by its endpoints. */
export const github: OAuth2Definition = {
  kind: 'oauth2',
  name: 'GitHub',
  authorizationEndpoint: 'https://github.com/login/oauth/authorize',
  tokenEndpoint: 'https://github.com/login/oauth/access_token',
  userEndpoint: 'https://api.github.com/user',
  scopes: ['read:user', 'user:email'],
  async readProfile(ask, userEndpoint) {
    const user = readAs(User, await ask(userEndpoint));
    if (!user.ok) return user;
    const emails = readAs(Emails, await ask(`${userEndpoint}/emails`));
    if (!emails.ok) return emails;
    // The profile's own `email` is what its owner likes to show: nobody has verified it.
    const primary = emails.value.find((one) => one.primary && one.verified);
    return ok({
      subject: String(user.value.id),
      email: providerEmail(primary?.email, 'verified'),
      displayName: providerName(user.value.name, user.value.login),
    });
  },
};
