import { type Clock, seconds } from '../../shared/clock.ts';
import type { SafeFetch } from '../../shared/http/safe-fetch.ts';
import { inParallel } from '../../shared/in-parallel.ts';
import type { Timers } from '../../shared/sql/timers.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { type HealthRecord, type HealthTarget, judgeHealth } from './registry.ts';

const PAUSE = seconds(30);
/**
 * The runtime allows an object six connections. With more checks at once, one could time out while
 * it waits.
 */
const AT_ONCE = 6;
const REQUEST = { accept: '*/*', maxBytes: 64 * 1_024, timeout: seconds(5) } as const;

export type HealthChecksDeps = {
  readonly store: {
    healthTargets(): readonly HealthTarget[];
    /** Does nothing if the service was registered again in the meantime [RG8]. */
    setHealth(target: HealthTarget, record: HealthRecord): void;
  };
  readonly timers: Pick<Timers<'health'>, 'set'>;
  readonly fetchSafely: SafeFetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly waitUntil: (work: Promise<void>) => void;
};

/** Checks the health of all services, in rounds. */
export class HealthChecks {
  readonly #deps: HealthChecksDeps;
  #isUnderWay = false;

  constructor(deps: HealthChecksDeps) {
    this.#deps = deps;
  }

  /** Begins a round soon, because there is a service that was never checked. */
  async schedule(): Promise<void> {
    const { timers, clock } = this.#deps;
    await timers.set('health', clock());
  }

  /** Begins a round, unless the last one is still running. Does not wait for its end. */
  async begin(): Promise<void> {
    const { store, timers, clock, waitUntil } = this.#deps;
    const targets = store.healthTargets();
    if (targets.length === 0) return;
    // The timer is set first, so that a round that fails is not the last.
    await timers.set('health', clock() + PAUSE);
    if (!this.#isUnderWay) waitUntil(this.#round(targets));
  }

  async #round(targets: readonly HealthTarget[]): Promise<void> {
    this.#isUnderWay = true;
    try {
      await inParallel(targets, AT_ONCE, (target) => this.#check(target));
    } finally {
      this.#isUnderWay = false;
    }
  }

  async #check(target: HealthTarget): Promise<void> {
    const { store, fetchSafely, log } = this.#deps;
    const answer = await fetchSafely(target.url, REQUEST);
    const isUp = answer.ok && answer.value.status >= 200 && answer.value.status < 300;
    const { health, failures } = judgeHealth(target, isUp);
    if (health === target.health && failures === target.failures) return;
    store.setHealth(target, { health, failures });
    if (health !== target.health) {
      log({ event: 'registry.health_changed', level: 'info', service: target.name, health });
    }
  }
}
