import { DurableObject } from 'cloudflare:workers';
import type { Clock } from '../../shared/clock.ts';
import { rpc } from '../../shared/contracts/bindings.ts';
import type { HubManifestRpc } from '../../shared/contracts/connect/hub-rpc.ts';
import type {
  RegisteredService,
  Registrar,
  RegistryRefusal,
  RegistryRpc,
  ServiceRegistration,
} from '../../shared/contracts/connect/registry-rpc.ts';
import { safeFetch } from '../../shared/http/safe-fetch.ts';
import type { Result } from '../../shared/result.ts';
import { migrate } from '../../shared/sql/migrate.ts';
import { Timers } from '../../shared/sql/timers.ts';
import { consoleLog as log } from '../../shared/telemetry/log.ts';
import { Announcer } from './announcer.ts';
import { HealthChecks } from './health-checks.ts';
import { add, isAudienceTaken, type OwnerBudget, remove, replace } from './registry.ts';
import { migrations } from './registry-schema.ts';
import { readOwnerBudget } from './registry-settings.ts';
import { SqliteRegistryStore } from './registry-store.ts';

export type RegistryEnv = {
  readonly HUBS: DurableObjectNamespace;
  readonly ISSUER: string;
  readonly OUTBOUND_LOOPBACK: string;
  readonly SERVICES_PER_CLIENT: string;
};

type Outcome = Result<undefined, RegistryRefusal>;
type Replacement = Omit<ServiceRegistration, 'owner'>;

/** The registry of a deployment. No client chooses its name, so it may allocate storage at once. */
export class RegistryObject extends DurableObject<RegistryEnv> implements RegistryRpc {
  readonly #clock: Clock = () => Date.now();
  readonly #store: SqliteRegistryStore;
  readonly #budget: OwnerBudget;
  readonly #timers: Timers<'announce' | 'health'>;
  readonly #announcer: Announcer;
  readonly #healthChecks: HealthChecks;

  constructor(ctx: DurableObjectState, env: RegistryEnv) {
    super(ctx, env);
    migrate(ctx.storage, migrations);
    this.#budget = readOwnerBudget(env);
    this.#store = new SqliteRegistryStore(ctx.storage.sql);
    this.#timers = new Timers(ctx.storage, this.#clock, {
      announce: () => this.#announcer.announce(),
      health: () => this.#healthChecks.begin(),
    });
    const parts = { store: this.#store, timers: this.#timers, clock: this.#clock, log };
    const hub = (name: string) => rpc<HubManifestRpc>(env.HUBS.getByName(name));
    this.#announcer = new Announcer({ ...parts, hub });
    const waitUntil = (work: Promise<void>) => ctx.waitUntil(work);
    this.#healthChecks = new HealthChecks({ ...parts, fetchSafely: outbound(env), waitUntil });
  }

  async addHub(hub: string): Promise<void> {
    this.#store.addHub(hub);
  }

  async hubs(): Promise<readonly string[]> {
    return this.#store.hubs();
  }

  async services(): Promise<{ version: number; services: readonly RegisteredService[] }> {
    return { version: this.#store.version(), services: this.#store.all() };
  }

  async service(name: string): Promise<RegisteredService | undefined> {
    return this.#store.find(name);
  }

  async hasAudience(audience: string): Promise<boolean> {
    return isAudienceTaken(this.#store, audience);
  }

  async addService(registration: ServiceRegistration): Promise<Outcome> {
    const added = this.ctx.storage.transactionSync(() =>
      add(this.#store, registration, this.#budget),
    );
    if (added.ok) await this.#changed(registration);
    return added;
  }

  async replaceService(registration: Replacement, by: Registrar): Promise<Outcome> {
    const replaced = this.ctx.storage.transactionSync(() =>
      replace(this.#store, registration, by, this.#budget),
    );
    if (replaced.ok) await this.#changed(registration);
    return replaced;
  }

  async removeService(name: string, by: Registrar): Promise<Outcome> {
    const removed = this.ctx.storage.transactionSync(() => remove(this.#store, name, by));
    if (removed.ok) await this.#changed();
    return removed;
  }

  override async alarm(): Promise<void> {
    await this.#timers.fire();
  }

  async #changed(registration?: Replacement): Promise<void> {
    await this.#announcer.schedule();
    if (typeof registration?.healthPath === 'string') await this.#healthChecks.schedule();
    this.ctx.waitUntil(this.#announcer.announce());
  }
}

const outbound = ({ ISSUER, OUTBOUND_LOOPBACK }: RegistryEnv) =>
  safeFetch({
    issuer: ISSUER,
    allowLoopback: OUTBOUND_LOOPBACK === 'on',
    fetch: (...request) => fetch(...request),
  });
