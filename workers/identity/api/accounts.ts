import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import type { Clock } from '../../../shared/clock.ts';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { AccountId } from '../../../shared/ids.ts';
import type { Result } from '../../../shared/result.ts';
import {
  BODY_PROBLEMS,
  instant,
  json,
  jsonBody,
  operation,
  problems,
} from '../../kit/documented.ts';
import type { RequestEnv } from '../../kit/request.ts';
import type { Account, RolesConflict } from '../accounts/account.ts';
import type { AccountStore } from '../accounts/account-store.ts';
import { changeAccount } from '../accounts/change-account.ts';
import { ProfileSchema, toProfile } from './auth/profile.ts';
import {
  ADMINISTRATION_PROBLEMS,
  type AdministrationNeeds,
  FOR_ADMINISTRATORS,
} from './require.ts';

const mounting = { prefix: '', tag: 'accounts' };

const params = z.object({ accountId: z.uuid() });

const role = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,39}$/, {
  error: 'Must have 1 to 40 letters, digits, and : . _ - after the first',
});

const RolesBody = z
  .strictObject({
    roles: z
      .array(role)
      .max(20)
      .refine((roles) => new Set(roles).size === roles.length, { error: 'Must not repeat' })
      .openapi({ example: ['user', 'admin'] }),
  })
  .openapi('RolesChange');

const AccountSchema = ProfileSchema.extend({
  status: z.enum(['active', 'disabled']),
  lastLoginAt: instant.nullable(),
}).openapi('Account');

export type AccountsNeeds = AdministrationNeeds & {
  readonly accounts: () => AccountStore;
  readonly clock: Clock;
};

type AccountsApi = OpenAPIHono<RequestEnv<AccountsNeeds>>;

/** Other people's accounts, for administrators. */
export function accountRoutes(): AccountsApi {
  const app: AccountsApi = new OpenAPIHono();
  addRead(app);
  addChangeRoles(app);
  addChangeStatus(app);
  return app;
}

function addRead(app: AccountsApi): void {
  const route = createRoute({
    ...operation(mounting, 'readAccount'),
    method: 'get',
    path: '/{accountId}',
    summary: 'Read an account',
    ...FOR_ADMINISTRATORS,
    request: { params },
    responses: {
      200: json(AccountSchema, 'The account.'),
      ...problems('VALIDATION_ERROR', ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND'),
    },
  });
  app.openapi(route, async (c) => {
    const id = idOf(c.req.valid('param').accountId);
    const account = await orUnavailable('the database', async () =>
      c.var.services.accounts().find(id),
    );
    return c.json(toJson(account), 200);
  });
}

const CHANGED = {
  200: json(AccountSchema, 'The account as it is now.'),
  ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND', 'CONFLICT'),
};

function addChangeRoles(app: AccountsApi): void {
  const route = createRoute({
    ...operation(mounting, 'changeRoles'),
    method: 'put',
    path: '/{accountId}/roles',
    summary: 'Change the roles of an account',
    description:
      'Open connections of the user and their sessions’ next tokens have the new roles at once. ' +
      'After a 503, ask again: asking twice does no harm. The last administrator stays one.',
    ...FOR_ADMINISTRATORS,
    request: { params, ...jsonBody(RolesBody) },
    responses: CHANGED,
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const id = idOf(c.req.valid('param').accountId);
    const { roles } = c.req.valid('json');
    const account = await change(id, services, () =>
      services.accounts().changeRoles(id, roles, services.clock()),
    );
    const by = user.accountId;
    log({ event: 'account.roles_changed', level: 'security', by, accountId: id, roles });
    return c.json(toJson(account), 200);
  });
}

const StatusBody = z
  .strictObject({ status: z.enum(['active', 'disabled']) })
  .openapi('StatusChange');

function addChangeStatus(app: AccountsApi): void {
  const route = createRoute({
    ...operation(mounting, 'changeStatus'),
    method: 'put',
    path: '/{accountId}/status',
    summary: 'Disable an account, or enable it again',
    description:
      'Disabling ends every session and every grant of the account at once, and its user cannot sign ' +
      'in. Nothing that was ended comes back when it is enabled. After a 503, ask again: asking twice ' +
      'does no harm. The last administrator stays active.',
    ...FOR_ADMINISTRATORS,
    request: { params, ...jsonBody(StatusBody) },
    responses: CHANGED,
  });
  app.openapi(route, async (c) => {
    const { services, user, log } = c.var;
    const id = idOf(c.req.valid('param').accountId);
    const { status } = c.req.valid('json');
    const account = await change(id, services, () =>
      services.accounts().changeStatus(id, status, services.clock()),
    );
    const event = status === 'disabled' ? 'account.disabled' : 'account.enabled';
    log({ event, level: 'security', by: user.accountId, accountId: id });
    return c.json(toJson(account), 200);
  });
}

/** @throws {Problem} `NOT_FOUND`, `CONFLICT`, `SERVICE_UNAVAILABLE` */
async function change(
  id: AccountId,
  services: Pick<AccountsNeeds, 'accounts' | 'users'>,
  write: () => Promise<Result<Account | undefined, RolesConflict>>,
): Promise<Account | undefined> {
  // No object is woken for an account that there is not.
  toJson(await orUnavailable('the database', async () => services.accounts().find(id)));
  const once = async () => {
    const changed = await orUnavailable('the database', write);
    if (!changed.ok) throw new Problem('CONFLICT', LAST_ADMINISTRATOR);
    return changed.value;
  };
  return changeAccount(id, once, undefined, services);
}

const LAST_ADMINISTRATOR = { detail: 'Nobody would be left to administer' };

/** @throws {Problem} `NOT_FOUND` */
function idOf(text: string): AccountId {
  const id = AccountId.parse(text);
  if (id === undefined) throw new Problem('NOT_FOUND');
  return id;
}

/** @throws {Problem} `NOT_FOUND` */
function toJson(account: Account | undefined) {
  if (account === undefined) throw new Problem('NOT_FOUND');
  const { status, lastLoginAt } = account;
  return {
    ...toProfile(account),
    status,
    lastLoginAt: lastLoginAt === null ? null : new Date(lastLoginAt).toISOString(),
  };
}
