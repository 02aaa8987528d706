import type { RegistryRpc } from '../../../shared/contracts/connect/registry-rpc.ts';

export type HubRegistrationNeeds = {
  /** The name of this hub. */
  readonly hub: string;
  readonly registry: () => Pick<RegistryRpc, 'addHub'>;
};

/**
 * Registers the hub, so that it is told of changed services and of events for all clients. The
 * registry stores it, so the object does it once in its life in memory [H4].
 */
export class HubRegistration {
  readonly #needs: HubRegistrationNeeds;
  #registered: Promise<void> | undefined;

  constructor(needs: HubRegistrationNeeds) {
    this.#needs = needs;
  }

  /** @throws If the registry cannot be reached. The next call tries again. */
  async ensure(): Promise<void> {
    const { hub, registry } = this.#needs;
    this.#registered ??= registry()
      .addHub(hub)
      .catch((error: unknown) => {
        this.#registered = undefined;
        throw error;
      });
    await this.#registered;
  }
}
