import type { Result } from '../../result.ts';

/** An endpoint of a service, as its owner registered it. */
export type RegisteredEndpoint = {
  readonly method: string;
  /** Begins with `/`; without parameters. */
  readonly path: string;
  readonly description: string;
  /** JSON Schema. `null` if the request, or the response, has no body. */
  readonly requestSchema: unknown;
  readonly responseSchema: unknown;
  /** Whether an empty payload is an error. */
  readonly needsBody: boolean;
  readonly permission: Permission;
};

/** Who may call an endpoint. */
export type Permission = {
  /** The user needs one of these roles. If there are none, no role is needed. */
  readonly roles: readonly string[];
  /** The token needs all of these scopes. */
  readonly scopes: readonly string[];
  /**
   * `suffices`: a token of the deployment's own client needs no scopes. `required`: no other
   * client's token is accepted.
   */
  readonly ownClient?: 'suffices' | 'required' | undefined;
};

/** A team's own service, called over HTTPS. */
export type ServiceRegistration = {
  /** Lower case letters, digits and hyphens; unique. */
  readonly name: string;
  readonly baseUrl: string;
  /** `aud` of the JWT that it is called with, which no other service has. */
  readonly audience: string;
  readonly healthPath: string | null;
  /** The client that registered it and may change it. `null`: only administrators may. */
  readonly owner: string | null;
  /** The URL of its OpenAPI document. `null` if its owner listed the endpoints. */
  readonly openapiUrl: string | null;
  readonly endpoints: readonly RegisteredEndpoint[];
  /**
   * Whose sessions may call the endpoints that have no permission. Absent: those of first-party clients.
   */
  readonly clients?: 'first_party' | 'any' | undefined;
  /**
   * Who may bind shortcuts to the endpoints: the owner alone, everybody who may bind shortcuts, or the
   * owner and these clients. Absent: the owner alone.
   */
  readonly shortcuts?: ShortcutBinders | undefined;
};

export type ShortcutBinders = 'owner' | 'any' | readonly string[];

/** `unknown` until it was asked, and for good where it has no address to ask. */
export type ServiceHealth = 'unknown' | 'healthy' | 'unhealthy';

export type RegisteredService = ServiceRegistration & { readonly health: ServiceHealth };

/** Who changes a registration: a client, by its id, or an administrator. */
export type Registrar = string | null;

/** Why a registration is not changed. */
export type RegistryRefusal =
  | 'exists'
  | 'unknown'
  | 'not_yours'
  /** Another service has this audience. */
  | 'audience_taken'
  | 'too_many_services'
  /** The client has as many services, or bytes of registrations, as one client may have. */
  | 'too_many_of_owner'
  | 'too_large_of_owner'
  | 'too_many_endpoints'
  | 'too_large';

/** What hubs and the connect Worker ask of the registry: one object per deployment. */
export interface RegistryRpc {
  /**
   * Registers a hub that has a connection. From now on it is notified of changes, and gets events
   * for all clients.
   */
  addHub(hub: string): Promise<void>;
  /** Every hub that may hold a connection. */
  hubs(): Promise<readonly string[]>;
  /** The registered services, ordered by name. Every change increases `version`. */
  services(): Promise<{
    readonly version: number;
    readonly services: readonly RegisteredService[];
  }>;
  service(name: string): Promise<RegisteredService | undefined>;
  /** Whether a service has this audience, with or without a slash at the end. */
  hasAudience(audience: string): Promise<boolean>;
  addService(registration: ServiceRegistration): Promise<Result<undefined, RegistryRefusal>>;
  /** Replaces the registration of that name, but not its owner. */
  replaceService(
    registration: Omit<ServiceRegistration, 'owner'>,
    by: Registrar,
  ): Promise<Result<undefined, RegistryRefusal>>;
  removeService(name: string, by: Registrar): Promise<Result<undefined, RegistryRefusal>>;
}

/** The one registry of a deployment, in the namespace of registries. */
export const REGISTRY_NAME = 'registry';
