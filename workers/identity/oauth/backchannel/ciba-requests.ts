/**
 * Authentication requests that wait for their users (OpenID Connect CIBA §7).
 *
 * Each user has a few numbered places for them, which are entries of the TTL store. Of any number of
 * requests that come at once, each gets a place of its own, or none.
 *
 * @module
 */

import type { Clock } from '../../../../shared/clock.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { type BackchannelRequest, BackchannelRequests } from './request-store.ts';

/** An authentication request that waits for its user. */
export type CibaRequest = BackchannelRequest & {
  /** Whom it waits for. */
  readonly accountId: AccountId;
  /** What the user compares with what their client shows. */
  readonly bindingMessage: string | null;
  /** Its place among those that wait for the user. */
  readonly place: number;
  /** What a ping carries, sealed. `null`: the client polls only. */
  readonly ping: string | null;
};

export const cibaRequests = new BackchannelRequests<CibaRequest>('ciba');

export type CibaRequestsNeeds = {
  readonly clock: Clock;
  readonly ttlStore: () => TtlStore;
};

export type WaitingRequest = { readonly id: string; readonly request: CibaRequest };

/**
 * What waits for a user now, the newest first.
 *
 * @throws {TtlStoreUnavailable}
 */
export async function waitingRequests(
  accountId: AccountId,
  needs: CibaRequestsNeeds,
): Promise<readonly WaitingRequest[]> {
  const store = needs.ttlStore();
  const places = Array.from({ length: PLACES }, (_, place) => keyOf(accountId, place));
  const found = await Promise.all(
    places.map(async (key) => findWaitingRequest(await store.get(key), accountId, needs)),
  );
  return found
    .filter((one) => one !== undefined)
    .toSorted((a, b) => b.request.beganAt - a.request.beganAt);
}

/**
 * @returns `undefined`: there is none, it is another user's, has expired or was answered.
 * @throws {TtlStoreUnavailable}
 */
export async function findWaitingRequest(
  id: string | undefined,
  accountId: AccountId,
  { ttlStore, clock }: CibaRequestsNeeds,
): Promise<WaitingRequest | undefined> {
  if (id === undefined) return undefined;
  const store = ttlStore();
  const [request, answer] = await Promise.all([
    cibaRequests.find(store, id),
    cibaRequests.answerTo(store, id),
  ]);
  const isWaiting = answer === undefined && request?.accountId === accountId;
  return isWaiting && clock() < request.expiresAt ? { id, request } : undefined;
}

/** Every registered client can ask any user, so the number of requests at a time is bounded. */
const PLACES = 5;
/** Seconds that a place outlives its request, which may just be being answered. */
const LEEWAY = 60;

/**
 * @param lifetime - Of the request, in seconds.
 * @returns `undefined`: no place is free.
 */
export async function takePlace(
  store: TtlStore,
  accountId: AccountId,
  id: string,
  lifetime: number,
): Promise<number | undefined> {
  for (let place = 0; place < PLACES; place += 1) {
    if (await store.putIfAbsent(keyOf(accountId, place), id, lifetime + LEEWAY)) return place;
  }
  return undefined;
}

/** Frees the place of a request that was answered. */
export const leavePlace = (store: TtlStore, { accountId, place }: CibaRequest): Promise<void> =>
  store.delete(keyOf(accountId, place));

const keyOf = (accountId: AccountId, place: number): string => `ciba-waiting:${accountId}:${place}`;
