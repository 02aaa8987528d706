/**
 * The user's account, which the database owns: whether it is active, and its roles.
 *
 * A refresh asks no database, so the object must learn of every change. Whoever is about to change the
 * account says so before it does. The object then reads the account a little later, and again once
 * the change must have happened or failed, whatever has become of the one who made it.
 *
 * @module
 */

import { type Millis, seconds } from '../../shared/clock.ts';
import type { AccountState } from '../../shared/contracts/identity/identity-rpc.ts';
import { changeRoles } from './roles.ts';
import { endAllSessions } from './sessions.ts';
import type { UserStore } from './user.ts';

/** The first is for a change whose notification is lost, the second for a slow database (10 s). */
const READINGS = [seconds(2), seconds(15)];

/** Leaves two readings of the account in the outbox. */
export function expectAccountChange({ outbox }: Pick<UserStore, 'outbox'>, now: Millis): void {
  for (const pause of READINGS) {
    outbox.add({ destination: 'account', payload: {}, dueAt: now + pause, expiresAt: null });
  }
}

/** Brings sessions and codes in line with the account. */
export function applyAccount(store: UserStore, { status, roles }: AccountState, now: Millis): void {
  const isDisabled = status === 'disabled';
  if (isDisabled !== store.isAccountDisabled()) store.saveAccountDisabled(isDisabled);
  if (isDisabled) {
    store.codes.forgetUnused();
    endAllSessions(store, undefined, 'admin', now);
    return;
  }
  const differs = store.unendedSessions().some(({ grant }) => !isSameSet(grant.roles, roles));
  if (differs) changeRoles(store, roles, now);
}

const isSameSet = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((each) => b.includes(each));
