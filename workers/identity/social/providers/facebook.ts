import * as z from 'zod';

import { ok } from '../../../../shared/result.ts';
import { providerEmail, providerName } from './profile.ts';
import type { OAuth2Definition } from './provider.ts';
import { readAs } from './read-as.ts';

const User = z.object({
  id: z.string().regex(/^\d{1,32}$/),
  name: z.string().nullish(),
  email: z.string().nullish(),
});

export const facebook: OAuth2Definition = {
  kind: 'oauth2',
  name: 'Facebook',
  authorizationEndpoint: 'https://www.facebook.com/v24.0/dialog/oauth',
  tokenEndpoint: 'https://graph.facebook.com/v24.0/oauth/access_token',
  userEndpoint: 'https://graph.facebook.com/v24.0/me',
  scopes: ['public_profile', 'email'],
  async readProfile(ask, userEndpoint) {
    const read = readAs(User, await ask(`${userEndpoint}?fields=id,name,email`));
    if (!read.ok) return read;
    const { id, name, email } = read.value;
    // Facebook does not say whether it has verified the address.
    return ok({
      subject: id,
      email: providerEmail(email, 'unverified'),
      displayName: providerName(name),
    });
  },
};
