import { type Clock, seconds } from '../../shared/clock.ts';
import type { SafeFetch } from '../../shared/http/safe-fetch.ts';
import type { Timers } from '../../shared/sql/timers.ts';
import type { Log } from '../../shared/telemetry/log.ts';
import { judgeHealth } from './registry.ts';
import type { Patient, SqliteRegistryStore } from './registry-store.ts';

const PAUSE = seconds(30);
/** The runtime lets an object have six connections: who waits for one must not be taken for dead. */
const AT_ONCE = 6;
const REQUEST = { accept: '*/*', maxBytes: 64 * 1_024, timeout: seconds(5) } as const;

export type HealthRoundsDeps = {
  readonly store: Pick<SqliteRegistryStore, 'patients' | 'setHealth'>;
  readonly timers: Pick<Timers<'health'>, 'set'>;
  readonly fetchSafely: SafeFetch;
  readonly clock: Clock;
  readonly log: Log;
  readonly waitUntil: (work: Promise<void>) => void;
};

/** Asks the services how they are. */
export class HealthChecks {
  readonly #deps: HealthRoundsDeps;
  #isUnderWay = false;

  constructor(deps: HealthRoundsDeps) {
    this.#deps = deps;
  }

  /** There is somebody new to ask. */
  async schedule(): Promise<void> {
    const { timers, clock } = this.#deps;
    await timers.set('health', clock());
  }

  /** Begins a round, unless the one before is still under way. Does not wait for its end. */
  async begin(): Promise<void> {
    const { store, timers, clock, waitUntil } = this.#deps;
    const patients = store.patients();
    if (patients.length === 0) return;
    // Set first: a round that is cut short must not be the last.
    await timers.set('health', clock() + PAUSE);
    if (!this.#isUnderWay) waitUntil(this.#round(patients));
  }

  async #round(patients: readonly Patient[]): Promise<void> {
    this.#isUnderWay = true;
    const left = patients.values();
    const lookAtNext = async () => {
      for (const patient of left) await this.#look(patient);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lookAtNext));
    this.#isUnderWay = false;
  }

  async #look(patient: Patient): Promise<void> {
    const { store, fetchSafely, log } = this.#deps;
    const answered = await fetchSafely(patient.url, REQUEST);
    const isUp = answered.ok && answered.value.status >= 200 && answered.value.status < 300;
    const { health, failures } = judgeHealth(patient, isUp);
    if (health === patient.health && failures === patient.failures) return;
    store.setHealth(patient, { health, failures });
    if (health !== patient.health) {
      log({ event: 'registry.health_changed', level: 'info', service: patient.name, health });
    }
  }
}
