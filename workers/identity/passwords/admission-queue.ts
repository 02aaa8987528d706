/**
 * Admits a few at a time and lets a few more wait. Pure: the caller tells the time and does the
 * waiting.
 *
 * Whoever is silent for too long is forgotten. A request can end at any `await`, without running its
 * `finally`, when its client goes away: a place held until it is given back would be lost for good.
 *
 * @module
 */

import type { Millis } from '../../../shared/clock.ts';

export type AdmissionLimits = {
  readonly active: number;
  readonly waiting: number;
  /** After how long a silent holder of a place is given up. */
  readonly silence: Millis;
};

export type Ticket = { readonly enteredAt: Millis };

export class AdmissionQueue {
  readonly #limits: AdmissionLimits;
  readonly #active = new Map<Ticket, Millis>();
  readonly #waiting = new Map<Ticket, Millis>();

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  /** Joins the queue. `undefined`: it is full. */
  enter(now: Millis): Ticket | undefined {
    this.#forgetSilent(now);
    const isFull =
      this.#waiting.size >= this.#limits.waiting && this.#active.size >= this.#limits.active;
    if (isFull) return undefined;
    const ticket = { enteredAt: now };
    this.#waiting.set(ticket, now);
    return ticket;
  }

  /** Whether it is this ticket's turn, which then lasts until it leaves. Ask again if it is not. */
  isAdmitted(ticket: Ticket, now: Millis): boolean {
    this.#forgetSilent(now);
    if (this.#active.size >= this.#limits.active) {
      this.#waiting.set(ticket, now);
      return false;
    }
    this.#waiting.delete(ticket);
    this.#active.set(ticket, now);
    return true;
  }

  leave(ticket: Ticket): void {
    this.#waiting.delete(ticket);
    this.#active.delete(ticket);
  }

  #forgetSilent(now: Millis): void {
    for (const places of [this.#active, this.#waiting]) {
      for (const [ticket, heardAt] of places) {
        if (now - heardAt > this.#limits.silence) places.delete(ticket);
      }
    }
  }
}
