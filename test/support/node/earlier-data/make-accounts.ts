import { ApiClient, aPerson, type Reply } from '../api-client.ts';
import type { Upstream } from '../upstream-provider.ts';
import { signInByAcme } from './acme.ts';
import type { AccountHoldings, RefreshedSession, Session } from './holdings.ts';

/** An instance, and an administrator's access token. */
export type Target = {
  readonly url: string;
  readonly issuer: string;
  readonly admin: string;
};

/** Registers users, opens and ends sessions, changes roles, and rotates a signing key. */
export async function makeAccounts(target: Target, acme: Upstream): Promise<AccountHoldings> {
  const api = new ApiClient(target.url);
  const named = { username: 'ada_lovelace', displayName: 'Ada Lovelace' };
  const { accountId, email, password, accessToken } = await api.register(aPerson(), named);
  await expectStatus(200, api.call('/api/v1/keys/rotate', { token: target.admin, body: {} }));
  const ada = { accountId, email, password, ...named };
  const live = await refreshedSession(api, ada);
  const stolen = await refreshedSession(api, ada);
  const ended = await session(api, ada);
  const path = `/api/v1/sessions/${ended.sessionId}`;
  await expectStatus(204, api.call(path, { method: 'DELETE', token: live.accessToken }));
  return {
    ada,
    live,
    stolen,
    ended,
    signedBefore: accessToken,
    bea: await makeBea(api, target),
    carl: await makeCarl(target, acme),
    locked: await makeLocked(api),
  };
}

type Person = { readonly email: string; readonly password: string };

export async function session(api: ApiClient, person: Person): Promise<Session> {
  return sessionIn(await expectStatus(200, api.login(person)));
}

async function refreshedSession(api: ApiClient, person: Person): Promise<RefreshedSession> {
  const { refreshToken: oldest } = await session(api, person);
  const { refreshToken } = sessionIn(await expectStatus(200, api.refresh(oldest)));
  const newest = sessionIn(await expectStatus(200, api.refresh(refreshToken)));
  return { ...newest, oldest };
}

export const sessionIn = ({ json }: Reply): Session => {
  const { sessionId, accessToken, refreshToken } = json as Session;
  return { sessionId, accessToken, refreshToken };
};

async function makeBea(api: ApiClient, { admin }: Target): Promise<AccountHoldings['bea']> {
  const tokens = await api.register();
  const { accountId, email, password, sessionId, accessToken, refreshToken } = tokens;
  const roles = ['user', 'moderator'];
  const path = `/api/v1/accounts/${accountId}/roles`;
  await expectStatus(200, api.call(path, { method: 'PUT', token: admin, body: { roles } }));
  return { accountId, email, password, session: { sessionId, accessToken, refreshToken }, roles };
}

async function makeCarl(target: Target, acme: Upstream): Promise<AccountHoldings['carl']> {
  const { email } = aPerson();
  const { accountId } = await signInByAcme(target, acme, email);
  return { accountId, email };
}

/** The fifth wrong password from one network locks an account for half an hour. */
async function makeLocked(api: ApiClient): Promise<AccountHoldings['locked']> {
  const { accountId, email, password } = await api.register();
  for (let guess = 1; guess <= 5; guess += 1) {
    await expectStatus(401, api.login({ email, password: `a wrong guess ${guess}` }));
  }
  await expectStatus(429, api.login({ email, password }));
  return { accountId, email, password };
}

/** @throws {Error} If the answer has another status. */
export async function expectStatus(status: number, answer: Promise<Reply>): Promise<Reply> {
  const reply = await answer;
  if (reply.status === status) return reply;
  throw new Error(`Cannot go on: expected ${status}, but got ${reply.status} ${reply.text}`);
}
