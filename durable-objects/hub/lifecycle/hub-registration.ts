import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';

/**
 * Makes the hub known to the registry: from then on it hears of changes, and gets events for
 * everybody. The registry remembers; this object says it once in its life.
 */
export class HubRegistration {
  readonly #hub: string;
  readonly #registry: () => Pick<RegistryRpc, 'addHub'>;
  #enrolled: Promise<void> | undefined;

  constructor(hub: string, registry: () => Pick<RegistryRpc, 'addHub'>) {
    this.#hub = hub;
    this.#registry = registry;
  }

  /** @throws If the registry cannot be reached. The next call tries again. */
  async ensure(): Promise<void> {
    this.#enrolled ??= this.#registry()
      .addHub(this.#hub)
      .catch((error: unknown) => {
        this.#enrolled = undefined;
        throw error;
      });
    await this.#enrolled;
  }
}
