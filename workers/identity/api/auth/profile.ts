import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../../../shared/clock.ts';
import { orUnavailable } from '../../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../../shared/http/problem.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import {
  BODY_PROBLEMS,
  instant,
  json,
  jsonBody,
  type Mounting,
  operation,
  problems,
  SESSION_PROBLEMS,
  USER_PROBLEMS,
} from '../../../kit/documented.ts';
import type { RequestEnv } from '../../../kit/request.ts';
import { type Account, detailsOf } from '../../accounts/account.ts';
import type { AccountStore } from '../../accounts/account-store.ts';
import {
  avatarUrlField,
  companyField,
  displayNameField,
  personNameField,
  usernameField,
} from '../../accounts/fields.ts';
import {
  isReservedUsername,
  mayHaveUsername,
  USERNAME_RESERVED,
} from '../../accounts/reserved-usernames.ts';
import { FOR_USERS, type UserNeeds } from '../require.ts';
import { accountTaken } from './sign-in.ts';

export type ProfileNeeds = UserNeeds & {
  readonly accounts: () => AccountStore;
  readonly clock: Clock;
};

type ProfileApi = OpenAPIHono<RequestEnv<ProfileNeeds>>;

/** What an account says of its owner, for the owner. */
export function profileRoutes(mounting: Mounting): ProfileApi {
  const app: ProfileApi = new OpenAPIHono();
  addRead(app, mounting);
  addChange(app, mounting);
  return app;
}

function addRead(app: ProfileApi, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'readProfile'),
    method: 'get',
    path: '/profile',
    summary: 'Read your profile',
    ...FOR_USERS,
    responses: { 200: json(ProfileSchema, 'Your profile.'), ...problems(...USER_PROBLEMS) },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const account = await orUnavailable('the database', async () =>
      services.accounts().find(user.accountId),
    );
    return c.json(toProfile(ofUser(account)), 200);
  });
}

function addChange(app: ProfileApi, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'changeProfile'),
    method: 'put',
    path: '/profile',
    summary: 'Change your profile',
    ...FOR_USERS,
    request: jsonBody(ProfileBody),
    responses: {
      200: json(ProfileSchema, 'Your profile as it is now.'),
      ...problems(
        ...BODY_PROBLEMS,
        ...USER_PROBLEMS,
        ...SESSION_PROBLEMS,
        'ACCOUNT_USERNAME_TAKEN',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user } = c.var;
    const change = c.req.valid('json');
    await refuseReservedUsername(change, user.accountId, services);
    const changed = await orUnavailable('the database', async () =>
      services.accounts().changeProfile(user.accountId, change, services.clock()),
    );
    if (!changed.ok) throw accountTaken(changed.error);
    return c.json(toProfile(ofUser(changed.value)), 200);
  });
}

/** @throws {Problem} `VALIDATION_ERROR` */
async function refuseReservedUsername(
  { username }: z.output<typeof ProfileBody>,
  id: AccountId,
  { accounts }: Pick<ProfileNeeds, 'accounts'>,
): Promise<void> {
  if (username === undefined || !isReservedUsername(username)) return;
  const account = ofUser(await orUnavailable('the database', async () => accounts().find(id)));
  if (mayHaveUsername(username, account)) return;
  const errors = [{ path: 'username', message: USERNAME_RESERVED }];
  throw new Problem('VALIDATION_ERROR', { errors });
}

/**
 * A token outlives its account by a few minutes at most.
 *
 * @throws {Problem} `AUTH_TOKEN_INVALID`
 */
function ofUser(account: Account | undefined): Account {
  if (account === undefined) throw new Problem('AUTH_TOKEN_INVALID');
  return account;
}

export const toProfile = (account: Account): z.output<typeof ProfileSchema> => ({
  accountId: account.id,
  email: account.email,
  emailVerified: account.emailVerified,
  username: account.username,
  displayName: account.displayName,
  ...detailsOf(account),
  roles: [...account.roles],
  createdAt: new Date(account.createdAt).toISOString(),
  updatedAt: new Date(account.updatedAt).toISOString(),
});

export const ProfileSchema = z
  .object({
    accountId: z.uuid(),
    email: z.string(),
    emailVerified: z.boolean(),
    username: z.string().nullable(),
    displayName: z.string().nullable(),
    firstName: z.string().nullable(),
    lastName: z.string().nullable(),
    company: z.string().nullable(),
    avatarUrl: z.string().nullable(),
    roles: z.array(z.string()),
    createdAt: instant,
    updatedAt: instant,
  })
  .openapi('Profile');

/** A member that may be left as it is, set or cleared. */
const clearable = <S extends z.ZodType>(field: S) =>
  field.nullable().optional().openapi({ description: '`null` clears it.' });

const ProfileBody = z
  .strictObject({
    username: usernameField.optional(),
    displayName: clearable(displayNameField),
    firstName: clearable(personNameField),
    lastName: clearable(personNameField),
    company: clearable(companyField),
    avatarUrl: clearable(avatarUrlField),
  })
  .openapi('ProfileChange');
