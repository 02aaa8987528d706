/** An endpoint of a registered service, as its owner told it. */
export type RegisteredEndpoint = {
  readonly method: string;
  /** Begins with `/`; without parameters. */
  readonly path: string;
  readonly description: string;
  /** JSON Schema; `null` where nothing is sent, or answered. */
  readonly requestSchema: unknown;
  readonly responseSchema: unknown;
  readonly needsBody: boolean;
  /** Who may call it: at least one of the roles, and all of the scopes. Empty: every session. */
  readonly permission: Permission;
};

export type Permission = { readonly roles: readonly string[]; readonly scopes: readonly string[] };

/** A team's own service, called over HTTPS. */
export type RegisteredService = {
  /** Lower case letters, digits and hyphens; unique. */
  readonly name: string;
  readonly baseUrl: string;
  /** `aud` of the JWT that it is called with. */
  readonly audience: string;
  readonly healthPath: string | null;
  readonly endpoints: readonly RegisteredEndpoint[];
  readonly health: 'unknown' | 'healthy' | 'unhealthy';
};

/** What hubs and the connect Worker ask of the registry: one object per deployment. */
export interface RegistryRpc {
  /** A hub has a connection: from now on it is told of changes, and gets events for everybody. */
  addHub(hub: string): Promise<void>;
  /** Every hub that may hold a connection. */
  hubs(): Promise<readonly string[]>;
  /** The registered services. Changes bump `version`. */
  services(): Promise<{
    readonly version: number;
    readonly services: readonly RegisteredService[];
  }>;
}

/** The one registry of a deployment, in the namespace of registries. */
export const REGISTRY_NAME = 'registry';
