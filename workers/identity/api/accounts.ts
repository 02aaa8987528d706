import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { orUnavailable } from '../../../shared/http/or-unavailable.ts';
import { Problem } from '../../../shared/http/problem.ts';
import { AccountId } from '../../../shared/ids.ts';
import { BODY_PROBLEMS, json, operation, problems } from '../../kit/documented.ts';
import type { Account } from '../accounts/account.ts';
import type { AppEnv, IdentityApp, User } from '../context.ts';
import { AccountSchema } from './replies.ts';
import { ADMINISTRATION, ADMINISTRATION_PROBLEMS, FOR_ADMINISTRATORS } from './require.ts';

const mounting = { prefix: '', tag: 'accounts' };

const params = z.object({ accountId: z.uuid() });

const role = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9:._-]{0,39}$/, {
  error: 'Must have 1 to 40 letters, digits, and : . _ - after the first',
});

const RolesBody = z
  .object({
    roles: z
      .array(role)
      .max(20)
      .refine((roles) => new Set(roles).size === roles.length, { error: 'Must not repeat' })
      .openapi({ example: ['user', 'admin'] }),
  })
  .openapi('RolesChange');

/** Other people's accounts, for administrators. */
export function accountRoutes(): IdentityApp {
  const app = new OpenAPIHono<AppEnv>();
  addRead(app);
  addChangeRoles(app);
  return app;
}

function addRead(app: IdentityApp): void {
  const route = createRoute({
    ...operation(mounting, 'readAccount'),
    method: 'get',
    path: '/{accountId}',
    summary: 'Read an account',
    ...FOR_ADMINISTRATORS,
    middleware: [...ADMINISTRATION],
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

function addChangeRoles(app: IdentityApp): void {
  const route = createRoute({
    ...operation(mounting, 'changeRoles'),
    method: 'put',
    path: '/{accountId}/roles',
    summary: 'Change the roles of an account',
    description:
      'Open connections of the user and their sessions’ next tokens have the new roles at once. ' +
      'After a 503, ask again: asking twice does no harm. The last administrator stays one.',
    ...FOR_ADMINISTRATORS,
    middleware: [...ADMINISTRATION],
    request: {
      params,
      body: { required: true, content: { 'application/json': { schema: RolesBody } } },
    },
    responses: {
      200: json(AccountSchema, 'The account as it is now.'),
      ...problems(...BODY_PROBLEMS, ...ADMINISTRATION_PROBLEMS, 'NOT_FOUND', 'CONFLICT'),
    },
  });
  app.openapi(route, async (c) => {
    const { services, user, correlationId } = c.var;
    const id = idOf(c.req.valid('param').accountId);
    const { roles } = c.req.valid('json');
    const changed = await orUnavailable('the database', async () =>
      services.accounts().changeRoles(id, roles, services.clock()),
    );
    if (!changed.ok) throw new Problem('CONFLICT', LAST_ADMINISTRATOR);
    const account = toJson(changed.value);
    await orUnavailable('the user', async () => services.users(id).changeRoles(roles));
    services.log({ ...rolesChanged(user, id, roles), correlationId });
    return c.json(account, 200);
  });
}

const LAST_ADMINISTRATOR = { detail: 'Nobody would be left to administer' };

const rolesChanged = (by: User, accountId: AccountId, roles: readonly string[]) =>
  ({
    event: 'account.roles_changed',
    level: 'security',
    by: by.accountId,
    accountId,
    roles,
  }) as const;

/** @throws {Problem} `NOT_FOUND` */
function idOf(text: string): AccountId {
  const id = AccountId.parse(text);
  if (id === undefined) throw new Problem('NOT_FOUND');
  return id;
}

function toJson(account: Account | undefined) {
  if (account === undefined) throw new Problem('NOT_FOUND');
  const { id, createdAt, updatedAt, lastLoginAt, roles, ...rest } = account;
  return {
    ...rest,
    accountId: id,
    roles: [...roles],
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
    lastLoginAt: lastLoginAt === null ? null : new Date(lastLoginAt).toISOString(),
  };
}
