/**
 * The user's account, which the database owns: whether it is active, its roles, and how often its
 * password was replaced.
 *
 * A refresh asks no database, so the object must learn of every change. Whoever is about to change the
 * account says so before it does. The object then reads the account a little later, and again once
 * the change must have happened or failed, whatever has become of the one who made it. Every reading
 * carries the account's version, so that an older one cannot undo a newer one.
 *
 * @module
 */

import { type Millis, seconds } from '../../shared/clock.ts';
import type { AccountState } from '../../shared/contracts/identity/identity-rpc.ts';
import type {
  OpenedSession,
  OpenSession,
  Reauthentication,
  RefusedSession,
  SessionGrant,
} from '../../shared/contracts/identity/user-sessions.ts';
import type { SessionId } from '../../shared/ids.ts';
import { changeRoles } from './roles.ts';
import { endAllSessions, makeRoom, openSession, reauthenticate } from './sessions.ts';
import type { UserStore } from './user.ts';

/** The first is for a change whose notification is lost, the second for a slow database (10 s). */
const READINGS = [seconds(2), seconds(15)];

/** Leaves two readings of the account in the outbox. */
export function expectAccountChange({ outbox }: Pick<UserStore, 'outbox'>, now: Millis): void {
  for (const pause of READINGS) {
    outbox.add({ destination: 'account', payload: {}, dueAt: now + pause, expiresAt: null });
  }
}

/**
 * Brings sessions and codes in line with the account, unless this reading is older than the last one.
 *
 * @param keep - The session that a new password does not end, and its parent.
 */
export function applyAccount(
  store: UserStore,
  account: AccountState,
  keep: SessionId | undefined,
  now: Millis,
): void {
  const last = store.account();
  if (account.version < (last?.version ?? 0)) return;
  if (account.version > (last?.version ?? 0)) store.saveAccount({ ...account, readAt: now });
  const isDisabled = account.status === 'disabled';
  if (isDisabled !== store.isAccountDisabled()) store.saveAccountDisabled(isDisabled);
  if (isDisabled) {
    store.codes.forgetUnused();
    endAllSessions(store, undefined, 'admin', now);
    return;
  }
  // Their codes need a live session of the browser, so they are of no use either.
  if (areReplaced(last, account)) endAllSessions(store, keep, 'remote', now);
  const { roles } = account;
  const differs = store.unendedSessions().some(({ grant }) => !isSameSet(grant.roles, roles));
  if (differs) changeRoles(store, roles, now);
}

export type Admission = {
  readonly answer: OpenedSession | RefusedSession;
  /** The grants of the sessions that made room. */
  readonly evicted: readonly SessionGrant[];
  /** Whether sessions ended or changed, so that others wait to be told. */
  readonly hasChanged: boolean;
};

/**
 * Opens a session for somebody whose account was read, unless it is disabled or the password that was
 * checked was replaced since. A reading that is newer than the last one is applied first.
 *
 * @throws {Error} As {@link openSession} does.
 */
export function admitSession(store: UserStore, request: OpenSession, now: Millis): Admission {
  const { account, grant, installation, parentId } = request;
  const isNewer = account !== undefined && account.version > (store.account()?.version ?? 0);
  if (isNewer) applyAccount(store, account, undefined, now);
  const refused = refusalOf(store, account);
  if (refused !== undefined) return { answer: { refused }, evicted: [], hasChanged: isNewer };
  const evicted = makeRoom(store, { clientId: grant.clientId, installation, parentId }, now);
  const answer = openSession(store, request, now);
  return { answer, evicted, hasChanged: isNewer || evicted.length > 0 };
}

function refusalOf(
  store: UserStore,
  account: AccountState | undefined,
): RefusedSession['refused'] | undefined {
  if (store.isAccountDisabled()) return 'account_disabled';
  return isOutdated(store, account) ? 'credentials_replaced' : undefined;
}

/** The user has proved again who they are, unless by a password that was replaced since. */
export const renewAuthentication = (
  store: UserStore,
  { account, ...request }: Reauthentication,
  now: Millis,
): boolean => !isOutdated(store, account) && reauthenticate(store, request, now);

/** Whether the password was replaced after a reading. */
const isOutdated = (
  store: Pick<UserStore, 'account'>,
  account: AccountState | undefined,
): boolean => account !== undefined && areReplaced(account, store.account());

type CredentialsReading = Pick<AccountState, 'credentialsVersion'>;

/** Whether the password was replaced between two readings. */
const areReplaced = (
  before: CredentialsReading | undefined,
  after: CredentialsReading | undefined,
): boolean => (before?.credentialsVersion ?? 0) < (after?.credentialsVersion ?? 0);

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each) => b.includes(each));
