import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { Problem } from '../../../../shared/http/problem.ts';
import {
  BODY_PROBLEMS,
  json,
  jsonBody,
  type Mounting,
  operation,
  problems,
} from '../../../kit/documented.ts';
import { type RequestEnv, requestServices } from '../../../kit/request.ts';
import type { AccountConflict } from '../../accounts/account.ts';
import {
  type CheckPasswordNeeds,
  checkPassword,
  type PasswordRefusal,
  type RecordSignInNeeds,
  recordPasswordSignIn,
} from '../../accounts/check-password.ts';
import {
  avatarUrlField,
  companyField,
  displayNameField,
  emailField,
  newPasswordField,
  newUsernameField,
  personNameField,
  presentedPasswordField,
} from '../../accounts/fields.ts';
import { PASSWORD_FAULTS, passwordFault } from '../../accounts/password-policy.ts';
import { type RegisterAccountNeeds, registerAccount } from '../../accounts/register-account.ts';
import {
  type RefreshSessionNeeds,
  refreshSession,
  type StartSessionNeeds,
  startSession,
} from '../../sessions/first-party-tokens.ts';
import { SIGN_IN_METHODS } from '../../sessions/open-user-session.ts';
import { requestOrigin } from '../../sessions/request-origin.ts';
import { deviceInfoField } from '../device-info.ts';

export type SignInNeeds = CheckPasswordNeeds &
  RecordSignInNeeds &
  RegisterAccountNeeds &
  StartSessionNeeds &
  RefreshSessionNeeds;

type SignInApi = OpenAPIHono<RequestEnv<SignInNeeds>>;

/** Creates accounts, signs in with e-mail and password, and refreshes. */
export function signInRoutes(mounting: Mounting): SignInApi {
  const app: SignInApi = new OpenAPIHono();
  addRegister(app, mounting);
  addLogin(app, mounting);
  for (const [name, path] of REFRESH_PATHS) addRefresh(app, mounting, name, path);
  return app;
}

function addRegister(app: SignInApi, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'register'),
    method: 'post',
    path: '/register',
    summary: 'Create an account and sign in',
    request: jsonBody(RegisterBody),
    responses: {
      201: json(TokenReplySchema, 'The account exists and its owner is signed in.'),
      ...problems(
        ...BODY_PROBLEMS,
        'ACCOUNT_EMAIL_TAKEN',
        'ACCOUNT_USERNAME_TAKEN',
        'TOKEN_KMS_ERROR',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const services = requestServices(c);
    const { username = null, displayName = null, deviceInfo, ...entered } = c.req.valid('json');
    const origin = requestOrigin(c.req.raw.headers);
    const registration = { ...entered, ipAddress: origin.ipAddress, username, displayName };
    const created = await registerAccount(registration, services);
    if (!created.ok) throw accountTaken(created.error);
    const account = created.value;
    const method = SIGN_IN_METHODS.password;
    const signedIn = { account, origin, device: deviceInfo ?? {}, method };
    return c.json(await startSession(signedIn, services), 201);
  });
}

const TAKEN = {
  email_taken: 'ACCOUNT_EMAIL_TAKEN',
  username_taken: 'ACCOUNT_USERNAME_TAKEN',
} as const;

export const accountTaken = ({ reason }: AccountConflict): Problem => new Problem(TAKEN[reason]);

function addLogin(app: SignInApi, mounting: Mounting): void {
  const route = createRoute({
    ...operation(mounting, 'login'),
    method: 'post',
    path: '/login',
    summary: 'Sign in with e-mail and password',
    request: jsonBody(LoginBody),
    responses: {
      200: json(TokenReplySchema, 'Signed in.'),
      ...problems(...BODY_PROBLEMS, 'AUTH_CREDENTIALS_INVALID', 'AUTH_LOCKED', 'TOKEN_KMS_ERROR'),
    },
  });
  app.openapi(route, async (c) => {
    const services = requestServices(c);
    const { email, password, deviceInfo: device = {} } = c.req.valid('json');
    const origin = requestOrigin(c.req.raw.headers);
    const { ipAddress } = origin;
    const checked = await checkPassword({ email, password, device, ipAddress }, services);
    if (!checked.ok) throw passwordRefused(checked.error);
    const { account } = checked.value;
    const method = SIGN_IN_METHODS.password;
    const tokens = await startSession({ account, origin, device, method }, services);
    c.executionCtx.waitUntil(recordPasswordSignIn(checked.value, password, services));
    return c.json(tokens, 200);
  });
}

const passwordRefused = (refusal: PasswordRefusal): Problem =>
  refusal.reason === 'locked'
    ? new Problem('AUTH_LOCKED', { retryAfter: refusal.retryAfter })
    : new Problem('AUTH_CREDENTIALS_INVALID');

/** Clients know both paths. */
const REFRESH_PATHS = [
  ['refreshToken', '/token/refresh'],
  ['refresh', '/refresh'],
] as const;

function addRefresh(app: SignInApi, mounting: Mounting, name: string, path: string): void {
  const route = createRoute({
    ...operation(mounting, name),
    method: 'post',
    path,
    summary: 'Exchange a refresh token for new tokens',
    description:
      'A refresh token works once. Its immediate repetition by the same installation, as after a ' +
      'lost reply, gets the same successor; any other second use ends the session.',
    request: jsonBody(RefreshBody),
    responses: {
      200: json(TokenReplySchema, 'New tokens.'),
      ...problems(
        ...BODY_PROBLEMS,
        'TOKEN_REFRESH_INVALID',
        'TOKEN_REFRESH_EXPIRED',
        'TOKEN_REFRESH_REUSED',
        'TOKEN_FAMILY_REVOKED',
        'SESSION_EXPIRED',
        'TOKEN_KMS_ERROR',
      ),
    },
  });
  app.openapi(route, async (c) => {
    const { services, correlationId } = c.var;
    const { refreshToken, deviceInfo: device = {} } = c.req.valid('json');
    const origin = requestOrigin(c.req.raw.headers);
    const request = { refreshToken, origin, device, correlationId };
    return c.json(await refreshSession(request, services), 200);
  });
}

export const TokenReplySchema = z
  .object({
    accountId: z.uuid(),
    sessionId: z.string().openapi({ example: 'ses_abcdefghijklmnopqrstuvwxyz' }),
    accessToken: z.string().openapi({ description: 'A JWT (RFC 9068).' }),
    refreshToken: z.string().openapi({ description: 'Opaque. Works once.' }),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().openapi({ description: 'Seconds.', example: 900 }),
    refreshExpiresIn: z.int().openapi({ description: 'Seconds.', example: 604_800 }),
    connectUrl: z.string().openapi({ example: 'wss://id.example.com/connect' }),
  })
  .openapi('Tokens');

const RegisterBody = z
  .strictObject({
    email: emailField,
    password: newPasswordField,
    username: newUsernameField.optional(),
    displayName: displayNameField.optional(),
    firstName: personNameField.optional(),
    lastName: personNameField.optional(),
    company: companyField.optional(),
    avatarUrl: avatarUrlField.optional(),
    deviceInfo: deviceInfoField.optional(),
  })
  .superRefine(({ email, password, username, displayName }, context) => {
    const fault = passwordFault(password, { email: email.display, username, displayName });
    // Runs only where each field is right by itself: what is left is a name in the password.
    if (fault === undefined) return;
    context.addIssue({ code: 'custom', path: ['password'], message: PASSWORD_FAULTS[fault] });
  })
  .openapi('RegisterRequest');

const LoginBody = z
  .strictObject({
    email: emailField,
    password: presentedPasswordField,
    rememberMe: z.boolean().optional().openapi({
      description:
        'Of clients of the reference protocol. It changes nothing: the client stores its tokens for as long as it likes.',
    }),
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('LoginRequest');

const RefreshBody = z
  .strictObject({
    refreshToken: z.string().min(1).max(4_096),
    deviceInfo: deviceInfoField.optional(),
  })
  .openapi('RefreshRequest');
