import * as z from 'zod';

import { ok } from '../../../../shared/result.ts';
import { providerEmail, providerName } from './profile.ts';
import type { OAuth2Definition } from './provider.ts';
import { readAs } from './read-as.ts';

const User = z.object({
  id: z.string().regex(/^\d{1,20}$/),
  username: z.string(),
  global_name: z.string().nullish(),
  email: z.string().nullish(),
  verified: z.boolean().nullish(),
});

export const discord: OAuth2Definition = {
  kind: 'oauth2',
  name: 'Discord',
  authorizationEndpoint: 'https://discord.com/oauth2/authorize',
  tokenEndpoint: 'https://discord.com/api/oauth2/token',
  userEndpoint: 'https://discord.com/api/users/@me',
  scopes: ['identify', 'email'],
  async readProfile(ask, userEndpoint) {
    const read = readAs(User, await ask(userEndpoint));
    if (!read.ok) return read;
    const { id, username, global_name, email, verified } = read.value;
    return ok({
      subject: id,
      email: providerEmail(email, verified === true ? 'verified' : 'unverified'),
      displayName: providerName(global_name, username),
    });
  },
};
