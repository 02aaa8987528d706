/**
 * Authentication requests that wait for their users (OpenID Connect CIBA §7).
 *
 * Each user has numbered places for them, and each client has a few of each user's, so that one client
 * cannot take all. Places are entries of the TTL store: of any number of requests that come at once, each
 * gets places of its own, or none.
 *
 * @module
 */

import { sha256, toBase64Url, utf8 } from '../../../../shared/bytes.ts';
import type { Clock } from '../../../../shared/clock.ts';
import type { AccountId } from '../../../../shared/ids.ts';
import type { TtlStore } from '../../../../shared/ttl-store/ttl-store.ts';
import { type BackchannelRequest, BackchannelRequests } from './request-store.ts';

/** How many requests of all clients wait for one user. The user's page reads them all. */
const PLACES = 20;
/** How many of them are one client's. */
const CLIENT_PLACES = 5;
/** Seconds that a place outlives its request, which may just be being answered. */
const LEEWAY = 60;

export type CibaRequestsNeeds = {
  readonly clock: Clock;
  readonly ttlStore: () => TtlStore;
};

export type WaitingRequest = { readonly id: string; readonly request: CibaRequest };

/** A request that asks for its places. `lifetime` is in seconds. */
type Comer = Pick<CibaRequest, 'accountId' | 'clientId'> & {
  readonly id: string;
  readonly lifetime: number;
};

export type Places = Pick<CibaRequest, 'place' | 'clientPlace'>;

/** @returns `undefined`: none is free, among the client's or among all. */
export async function takePlaces(store: TtlStore, comer: Comer): Promise<Places | undefined> {
  const { accountId } = comer;
  const keyOfClient = await clientKeys(comer);
  const clientPlace = await takeFirst(store, CLIENT_PLACES, keyOfClient, comer);
  if (clientPlace === undefined) return undefined;
  const place = await takeFirst(store, PLACES, (number) => keyOf(accountId, number), comer);
  if (place !== undefined) return { place, clientPlace };
  await store.delete(keyOfClient(clientPlace));
  return undefined;
}

async function takeFirst(
  store: TtlStore,
  places: number,
  key: (place: number) => string,
  { id, lifetime }: Comer,
): Promise<number | undefined> {
  for (let place = 0; place < places; place += 1) {
    if (await store.putIfAbsent(key(place), id, lifetime + LEEWAY)) return place;
  }
  return undefined;
}

/** Frees the places of a request that was answered. */
export async function leavePlaces(store: TtlStore, request: CibaRequest): Promise<void> {
  const { accountId, place, clientPlace } = request;
  await store.delete(keyOf(accountId, place));
  if (clientPlace !== undefined) await store.delete((await clientKeys(request))(clientPlace));
}

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

/** A client's id may be a long URL, so its hash is in the key. */
async function clientKeys({
  accountId,
  clientId,
}: Pick<CibaRequest, 'accountId' | 'clientId'>): Promise<(place: number) => string> {
  const client = toBase64Url(await sha256(utf8(clientId)));
  return (place) => `ciba-waiting:${accountId}:${client}:${place}`;
}

const keyOf = (accountId: AccountId, place: number): string => `ciba-waiting:${accountId}:${place}`;

/** An authentication request that waits for its user. */
export type CibaRequest = BackchannelRequest & {
  /** Whom it waits for. */
  readonly accountId: AccountId;
  /** What the user compares with what their client shows. */
  readonly bindingMessage: string | null;
  /** Its place among those that wait for the user. */
  readonly place: number;
  /** Its place among those of its client. `undefined`: the version before has made it. */
  readonly clientPlace?: number;
  /** What a ping carries, sealed. `null`: the client polls only. */
  readonly ping: string | null;
};

export const cibaRequests = new BackchannelRequests<CibaRequest>('ciba');
