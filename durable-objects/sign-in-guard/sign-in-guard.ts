/**
 * Limits the guesses at the password of an identifier, in total and from one network.
 *
 * `SPEC.md` numbers the rules. Run each function inside one storage transaction.
 *
 * @module
 */

import { days, type Millis, minutes, seconds } from '../../shared/clock.ts';
import { err, ok, type Result } from '../../shared/result.ts';

const PAIR_FAILURES = 5;
const PAIR_WINDOW = minutes(60);
const LOCK = minutes(30);
const SPREAD_FAILURES = 10;
const SPREAD_WINDOW = minutes(60);
const FIRST_DELAY = seconds(15);
const LONGEST_DELAY = minutes(15);
const ORIGIN_LIMIT = 20;
const ORIGIN_MEMORY = days(90);
/** The last failure of a window may come at its end, and locks for {@link LOCK} from then on. */
const ATTEMPT_MEMORY = PAIR_WINDOW + LOCK;

/** A keyed hash, base64url. */
export type Hash = string;
export type OriginKind = 'network' | 'device';

/** A check of a password that has not succeeded, or not yet. */
export type Attempt = {
  readonly id: number;
  readonly networkHash: Hash;
  readonly at: Millis;
  /**
   * The time of the first counted failure of the pair. It is stored, because that failure may be
   * removed.
   */
  readonly countedSince: Millis;
};

export type Source = {
  readonly networkHash: Hash;
  /** `null` if the client does not identify its device. */
  readonly deviceHash: Hash | null;
};

export type Admission = {
  /** Identifies the counted attempt, so that it can be withdrawn. */
  readonly attempt: number;
};

export type Refusal = {
  /** `locked`: too many failures from this network. `slowed`: too many from everywhere. */
  readonly reason: 'locked' | 'slowed';
  readonly retryAfterSeconds: number;
};

/**
 * The store of a guard's attempts and known sources. It is synchronous, because a Durable Object's
 * SQLite is.
 */
export interface SignInGuardStore {
  /** All attempts, oldest first. */
  attempts(): readonly Attempt[];
  /** Returns an id that no other attempt has had. */
  addAttempt(attempt: Omit<Attempt, 'id'>): number;
  removeAttempt(id: number): void;
  removeAttemptsFrom(networkHash: Hash): void;
  removeAttemptsUntil(at: Millis): void;
  isKnown(kind: OriginKind, hash: Hash): boolean;
  /**
   * Stores when a source was seen. Of each kind, only the `limit` sources that were seen last stay.
   */
  saveKnown(kind: OriginKind, hash: Hash, seenAt: Millis, limit: number): void;
  forgetKnownUntil(seenAt: Millis): void;
  /** When the least recently seen device or network was seen. */
  longestUnseen(): Millis | undefined;
}

/** Counts an attempt, or refuses it. */
export function admit(
  store: SignInGuardStore,
  source: Source,
  now: Millis,
): Result<Admission, Refusal> {
  forgetStale(store, now);
  const attempts = store.attempts();
  const refused = refusalOf(attempts, newcomer(store, source), now);
  if (refused !== undefined) return err(refused);
  const { networkHash } = source;
  const since = pairOf(attempts, networkHash).at(-1)?.countedSince ?? now;
  const countedSince = now < since + PAIR_WINDOW ? since : now;
  return ok({ attempt: store.addAttempt({ networkHash, at: now, countedSince }) });
}

/**
 * Whether an attempt would be refused now, but not if all open attempts succeeded.
 *
 * @param isOpen - Whether the outcome of an attempt is not known yet, by its id.
 */
export function isUndecided(
  store: SignInGuardStore,
  source: Source,
  isOpen: (attempt: number) => boolean,
  now: Millis,
): boolean {
  const attempts = store.attempts();
  const who = newcomer(store, source);
  const settled = attempts.filter(({ id }) => !isOpen(id));
  return refusalOf(attempts, who, now) !== undefined && refusalOf(settled, who, now) === undefined;
}

const newcomer = (store: SignInGuardStore, source: Source): Newcomer => ({
  networkHash: source.networkHash,
  isStranger: !isKnown(store, source),
});

type Newcomer = Pick<Source, 'networkHash'> & { readonly isStranger: boolean };

/** Why an attempt is refused after these. `undefined` if it is not. */
function refusalOf(
  attempts: readonly Attempt[],
  { networkHash, isStranger }: Newcomer,
  now: Millis,
): Refusal | undefined {
  const lockedUntil = pairLock(pairOf(attempts, networkHash));
  if (lockedUntil > now) return refusal('locked', lockedUntil - now);
  const slowedUntil = isStranger ? slowDown(attempts, now) : 0;
  return slowedUntil > now ? refusal('slowed', slowedUntil - now) : undefined;
}

const pairOf = (attempts: readonly Attempt[], network: Hash): readonly Attempt[] =>
  attempts.filter(({ networkHash }) => networkHash === network);

/**
 * Records a right password: removes the attempts of the pair, and makes device and network known.
 */
export function succeed(store: SignInGuardStore, source: Source, now: Millis): void {
  store.removeAttemptsFrom(source.networkHash);
  store.saveKnown('network', source.networkHash, now, ORIGIN_LIMIT);
  if (source.deviceHash !== null) store.saveKnown('device', source.deviceHash, now, ORIGIN_LIMIT);
}

/** Removes records that can no longer change an answer. */
export function forgetStale(store: SignInGuardStore, now: Millis): void {
  store.removeAttemptsUntil(now - ATTEMPT_MEMORY);
  store.forgetKnownUntil(now - ORIGIN_MEMORY);
}

/**
 * When {@link forgetStale} will next have something to remove. `undefined` if the store is empty.
 */
export function nextStaleAt(store: SignInGuardStore): Millis | undefined {
  const oldest = store.attempts()[0];
  const unseen = store.longestUnseen();
  const times = [
    ...(oldest === undefined ? [] : [oldest.at + ATTEMPT_MEMORY]),
    ...(unseen === undefined ? [] : [unseen + ORIGIN_MEMORY]),
  ];
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Until when a pair is locked, from its attempts in order. 0 if it is not. */
function pairLock(pair: readonly Attempt[]): Millis {
  const last = pair.at(-1);
  const counted = pair.filter(({ countedSince }) => countedSince === last?.countedSince);
  return last === undefined || counted.length < PAIR_FAILURES ? 0 : last.at + LOCK;
}

/** Until when strangers must wait. 0 if they need not. */
function slowDown(attempts: readonly Attempt[], now: Millis): Millis {
  const recent = attempts.filter(({ at }) => at > now - SPREAD_WINDOW);
  const last = recent.at(-1);
  if (last === undefined || recent.length < SPREAD_FAILURES) return 0;
  const delay = FIRST_DELAY * 2 ** (recent.length - SPREAD_FAILURES);
  return last.at + Math.min(delay, LONGEST_DELAY);
}

function isKnown(store: SignInGuardStore, { networkHash, deviceHash }: Source): boolean {
  if (store.isKnown('network', networkHash)) return true;
  return deviceHash !== null && store.isKnown('device', deviceHash);
}

const refusal = (reason: Refusal['reason'], wait: Millis): Refusal => ({
  reason,
  retryAfterSeconds: Math.ceil(wait / 1_000),
});
