import type { MiddlewareHandler } from 'hono';

import { ADMINISTRATOR } from '../../../../shared/contracts/identity/oauth-terms.ts';
import type { AppEnv } from '../../context.ts';
import { requireAdministrator } from '../../middleware/require-administrator.ts';
import { requireLiveSession, requireUser } from '../../middleware/require-user.ts';
import { BEARER, SESSION_PROBLEMS, USER_PROBLEMS } from '../documented.ts';

/** Who may administer: checked before a body is read. */
export const ADMINISTRATION: readonly MiddlewareHandler<AppEnv>[] = [
  requireUser,
  requireLiveSession,
  requireAdministrator,
];

/** Of every route behind {@link ADMINISTRATION}. */
export const FOR_ADMINISTRATORS = {
  security: BEARER,
  'x-sallyport-permission': { roles: [ADMINISTRATOR], ownClient: 'required' },
};

export const ADMINISTRATION_PROBLEMS = [
  ...USER_PROBLEMS,
  ...SESSION_PROBLEMS,
  'AUTHZ_DENIED',
] as const;
