import type { Installation, SessionLimits } from '../../shared/contracts/identity/user-sessions.ts';

/**
 * What `SPEC.md` of the user says, once more and in other words: the model that the property test
 * compares the rules with. Sessions and families are numbers; times are milliseconds.
 */

export type ModelFamily = {
  readonly session: number;
  generation: number;
  /** The last use kept the token: there is none before it. */
  isKept: boolean;
  rotatedAt: number;
  rotatedBy: Installation;
  refreshUntil: number;
  accessUntil: number;
};

export type ModelSession = {
  readonly openedAt: number;
  readonly idle: number;
  readonly absoluteUntil: number;
  readonly families: number[];
  markedAt: number;
  endedAt: number | null;
};

export type Presented = {
  readonly family: number;
  readonly generation: number;
  readonly isSecretRight: boolean;
  readonly isClientRight: boolean;
  readonly keeps: boolean;
  readonly installation: Installation;
  readonly limits: SessionLimits;
};

/** `told`: what the outbox has to say of an ended session. */
type Ended = { readonly session: number; readonly reason: string; readonly expiresAt: number };

export class UserModel {
  readonly sessions: (ModelSession | undefined)[] = [];
  readonly families: (ModelFamily | undefined)[] = [];
  readonly notices: Ended[] = [];

  open(installation: Installation, limits: SessionLimits, now: number): void {
    const absoluteUntil = now + limits.absoluteSeconds * 1_000;
    this.sessions.push({
      openedAt: now,
      idle: limits.idleSeconds * 1_000,
      absoluteUntil,
      families: [],
      markedAt: now,
      endedAt: null,
    });
    this.join(this.sessions.length - 1, installation, limits, now);
  }

  join(session: number, rotatedBy: Installation, limits: SessionLimits, now: number): void {
    const owner = this.#session(session);
    owner.families.push(this.families.length);
    this.families.push({
      session,
      generation: 0,
      isKept: false,
      rotatedAt: now,
      rotatedBy,
      refreshUntil: Math.min(owner.absoluteUntil, now + limits.refreshSeconds * 1_000),
      accessUntil: now + limits.accessSeconds * 1_000,
    });
  }

  lastActivity(session: number): number {
    const { markedAt, families } = this.#session(session);
    return Math.max(markedAt, ...families.map((family) => this.#family(family).rotatedAt));
  }

  expiry(session: number): number {
    const { idle, absoluteUntil } = this.#session(session);
    return Math.min(this.lastActivity(session) + idle, absoluteUntil);
  }

  status(session: number, now: number): 'unknown' | 'ended' | 'expired' | 'live' {
    const found = this.sessions[session];
    if (found === undefined) return 'unknown';
    if (found.endedAt !== null) return 'ended';
    return now < this.expiry(session) ? 'live' : 'expired';
  }

  live(now: number): number[] {
    return [...this.sessions.keys()].filter((session) => this.status(session, now) === 'live');
  }

  end(session: number, reason: string, now: number): boolean {
    if (this.status(session, now) !== 'live') return false;
    const found = this.#session(session);
    found.endedAt = now;
    const access = found.families.map((family) => this.#family(family).accessUntil);
    const lastSecond = Math.floor((Math.max(...access) + 60_000) / 1_000);
    this.notices.push({ session, reason, expiresAt: lastSecond + 1 });
    return true;
  }

  mark(session: number, now: number): void {
    if (this.status(session, now) !== 'live') return;
    const found = this.#session(session);
    if (now >= found.markedAt + 300_000) found.markedAt = now;
  }

  /** @param expiresAt - Seconds. */
  record(session: number, expiresAt: number, now: number): boolean {
    if (this.status(session, now) !== 'live') return false;
    const family = this.#family(this.#session(session).families[0] ?? -1);
    if (expiresAt * 1_000 > family.accessUntil)
      family.accessUntil = Math.ceil(expiresAt / 60) * 60_000;
    return true;
  }

  /** What the rules must answer. */
  present(presented: Presented, now: number): object {
    const family = this.families[presented.family];
    if (family === undefined) return no('family_unknown');
    if (!presented.isClientRight) return no('client_mismatch');

    const session = this.#session(family.session);
    const expiredAt = this.expiry(family.session);
    if (session.endedAt !== null) return no('family_revoked', { revokedAt: session.endedAt });
    if (now >= expiredAt) return no('session_expired', { expiredAt });
    if (now >= family.refreshUntil) {
      return no('refresh_expired', { expiredAt: family.refreshUntil });
    }

    const back = family.generation - presented.generation;
    if (back === 0 && presented.isSecretRight) return this.#use(family, presented, now);
    if (back === 1 && isRetry(family, presented, now)) return this.#repeat(family, presented, now);

    this.end(family.session, 'theft', now);
    return no('refresh_reused', { generation: presented.generation });
  }

  #use(family: ModelFamily, { keeps, installation, limits }: Presented, now: number): object {
    const { absoluteUntil } = this.#session(family.session);
    family.isKept = keeps;
    family.generation += keeps ? 0 : 1;
    family.rotatedAt = now;
    family.rotatedBy = installation;
    family.refreshUntil = Math.min(absoluteUntil, now + limits.refreshSeconds * 1_000);
    family.accessUntil = Math.max(family.accessUntil, now + limits.accessSeconds * 1_000);
    return this.#answer(keeps ? 'kept' : 'rotated', family);
  }

  #repeat(family: ModelFamily, { limits }: Presented, now: number): object {
    if (now > family.rotatedAt + 10_000) {
      family.rotatedAt = now;
      family.accessUntil = Math.max(family.accessUntil, now + limits.accessSeconds * 1_000);
    }
    return this.#answer('duplicate', family);
  }

  /** When a session can be forgotten. */
  due(session: number): number {
    const { endedAt, families } = this.#session(session);
    const access = families.map((family) => this.#family(family).accessUntil);
    return Math.max((endedAt ?? this.expiry(session)) + 86_400_000, ...access);
  }

  /** Forgets what is due. Returns when to sweep next. */
  sweep(now: number): number | undefined {
    for (const [index, session] of this.sessions.entries()) {
      if (session === undefined || this.due(index) > now) continue;
      for (const family of session.families) this.families[family] = undefined;
      this.sessions[index] = undefined;
    }
    const due = [...this.sessions.keys()]
      .filter((index) => this.sessions[index] !== undefined)
      .map((index) => this.due(index));
    return due.length === 0 ? undefined : Math.max(now + 3_600_000, Math.min(...due));
  }

  #answer(outcome: string, { generation, rotatedAt, refreshUntil }: ModelFamily): object {
    return { ok: true, value: { outcome, generation, rotatedAt, refreshExpiresAt: refreshUntil } };
  }

  #session(session: number): ModelSession {
    const found = this.sessions[session];
    if (found === undefined) throw new Error(`Cannot ask the model: no session ${session}`);
    return found;
  }

  #family(family: number): ModelFamily {
    const found = this.families[family];
    if (found === undefined) throw new Error(`Cannot ask the model: no family ${family}`);
    return found;
  }
}

const no = (reason: string, rest: object = {}) => ({ ok: false, error: { reason, ...rest } });

const isRetry = (family: ModelFamily, presented: Presented, now: number): boolean =>
  !family.isKept && presented.isSecretRight && isSame(presented.installation, family, now);

function isSame(a: Installation, { rotatedBy: b, rotatedAt }: ModelFamily, now: number): boolean {
  const isUnnamed = a.installationId === null && b.installationId === null;
  if (isUnnamed) return a.fallback === b.fallback && now <= rotatedAt + 120_000;
  return a.installationId === b.installationId;
}
