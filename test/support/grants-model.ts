/**
 * What `SPEC.md` of the user says of grants, codes and logout, once more and in other words. Sessions,
 * codes and clients are numbers; times are milliseconds.
 */

const DAY = 86_400_000;

type ModelSession = {
  readonly idle: number;
  readonly absoluteUntil: number;
  readonly client: number;
  readonly parent: number | null;
  /** Whether a client was granted it, and whether its key is bound. */
  readonly isGrant: boolean;
  readonly isBound: boolean;
  activeAt: number;
  rotations: number;
  accessUntil: number;
  endedAt: number | null;
};

type ModelCode = {
  readonly browser: number;
  readonly client: number;
  readonly isKeyBound: boolean;
  readonly isOffline: boolean;
  readonly isOpenId: boolean;
  readonly expiresAt: number;
  opened: number | null;
};

export type Presented = {
  readonly client: number;
  readonly redirectUri: 'right' | 'none' | 'wrong';
  readonly isVerifierRight: boolean;
  readonly isKeyRight: boolean;
  /** Whether the refresh token is to be bound. */
  readonly isPublic: boolean;
};

export class GrantsModel {
  readonly sessions = new Map<number, ModelSession>();
  readonly codes = new Map<number, ModelCode>();
  /** `session/client`, for as long as the session is stored. */
  readonly parties = new Set<string>();
  /** `session/client`, as often as they are to be told. */
  readonly logouts: string[] = [];

  open(session: number, idle: number, absolute: number, now: number): void {
    this.#open(session, { client: 0, parent: null, isGrant: false, isBound: false }, now, [
      idle,
      now + absolute,
    ]);
  }

  issue(code: number, issued: Omit<ModelCode, 'opened'>, now: number): boolean {
    if (!this.isLive(issued.browser, now)) return false;
    this.codes.set(code, { ...issued, opened: null });
    return true;
  }

  /** Why the code is refused, or nothing: `session` is open then. */
  redeem(code: number, session: number, by: Presented, now: number): string | undefined {
    const found = this.codes.get(code);
    if (found === undefined) return 'code_unknown';
    const refusal = this.#refusal(found, by, now);
    if (refusal === 'code_reused') this.end(found.opened ?? -1, now);
    if (refusal !== undefined) return refusal;
    found.opened = session;
    const { client, browser, isOffline } = found;
    const parent = isOffline ? null : browser;
    const own = now + 30 * DAY;
    const until = isOffline ? own : Math.min(own, this.#session(browser).absoluteUntil);
    const terms = { client, parent, isGrant: true, isBound: by.isPublic };
    this.#open(session, terms, now, [DAY, until]);
    if (found.isOpenId) this.parties.add(`${browser}/${client}`);
    return undefined;
  }

  /** What an honest client hears that rotates with its key, or without. */
  rotate(session: number, isKeyRight: boolean, now: number): string | undefined {
    const found = this.sessions.get(session);
    if (found === undefined) return 'family_unknown';
    if (found.endedAt !== null) return 'family_revoked';
    if (!this.isLive(session, now)) return 'session_expired';
    if (found.isBound && !isKeyRight) return 'confirmation_mismatch';
    found.activeAt = now;
    found.rotations += 1;
    found.accessUntil = now + 900_000;
    return undefined;
  }

  reauthenticate(session: number, now: number): boolean {
    const found = this.sessions.get(session);
    if (found === undefined || !this.isLive(session, now)) return false;
    found.activeAt = now;
    return true;
  }

  /** Returns how many ended. */
  end(session: number, now: number): number {
    const due = [session, ...this.#childrenOf(session)].filter((each) => this.isLive(each, now));
    for (const each of due) this.#session(each).endedAt = now;
    if (due.length > 0) {
      const own = [...this.parties].filter((party) => party.startsWith(`${session}/`));
      this.logouts.push(...own);
    }
    return due.length;
  }

  endAll(keep: number, now: number): number {
    const spared = [keep, this.sessions.get(keep)?.parent ?? null];
    return this.#endEach((_, session) => !spared.includes(session), now);
  }

  endClient(client: number, now: number): number {
    for (const [number, code] of this.codes) {
      if (code.client === client && code.opened === null) this.codes.delete(number);
    }
    return this.#endEach((session) => session.isGrant && session.client === client, now);
  }

  expiry(session: number): number {
    const { activeAt, idle, absoluteUntil } = this.#session(session);
    return Math.min(activeAt + idle, absoluteUntil);
  }

  status(session: number, now: number): string {
    const found = this.sessions.get(session);
    if (found === undefined) return 'unknown';
    if (found.endedAt !== null) return 'ended';
    return now < this.expiry(session) ? 'live' : 'expired';
  }

  isLive(session: number, now: number): boolean {
    return this.status(session, now) === 'live';
  }

  /** When a session can be forgotten. */
  due(session: number): number {
    const { endedAt, accessUntil } = this.#session(session);
    const own = Math.max((endedAt ?? this.expiry(session)) + DAY, accessUntil);
    return Math.max(own, ...this.#childrenOf(session).map((child) => this.due(child)));
  }

  sweep(now: number): number | undefined {
    const due = new Map([...this.sessions.keys()].map((session) => [session, this.due(session)]));
    for (const [session, at] of due) {
      if (at > now) continue;
      due.delete(session);
      this.sessions.delete(session);
      for (const party of this.parties) {
        if (party.startsWith(`${session}/`)) this.parties.delete(party);
      }
    }
    for (const [number, code] of this.codes) {
      if (code.expiresAt + DAY <= now) this.codes.delete(number);
    }
    const codesDue = [...this.codes.values()].map((code) => code.expiresAt + DAY);
    const next = Math.min(...due.values(), ...codesDue);
    return Number.isFinite(next) ? Math.max(next, now + 3_600_000) : undefined;
  }

  #refusal(code: ModelCode, by: Presented, now: number): string | undefined {
    if (by.client !== code.client) return 'client_mismatch';
    if (code.opened !== null) return 'code_reused';
    if (now >= code.expiresAt) return 'code_expired';
    if (by.redirectUri === 'wrong') return 'redirect_uri_mismatch';
    if (!by.isVerifierRight) return 'verifier_mismatch';
    if (code.isKeyBound && !by.isKeyRight) return 'dpop_mismatch';
    return this.isLive(code.browser, now) ? undefined : 'session_ended';
  }

  #open(
    session: number,
    terms: Pick<ModelSession, 'client' | 'parent' | 'isGrant' | 'isBound'>,
    now: number,
    [idle, absoluteUntil]: readonly [number, number],
  ): void {
    const fresh = { activeAt: now, rotations: 0, accessUntil: now + 900_000, endedAt: null };
    this.sessions.set(session, { ...terms, ...fresh, idle, absoluteUntil });
  }

  #endEach(isDue: (session: ModelSession, number: number) => boolean, now: number): number {
    const due = [...this.sessions].filter(
      ([number, session]) => this.isLive(number, now) && isDue(session, number),
    );
    return due.reduce((ended, [number]) => ended + this.end(number, now), 0);
  }

  #childrenOf(session: number): number[] {
    return [...this.sessions].flatMap(([child, { parent }]) => (parent === session ? child : []));
  }

  #session(session: number): ModelSession {
    const found = this.sessions.get(session);
    if (found === undefined) throw new Error(`Cannot ask the model: no session ${session}`);
    return found;
  }
}
