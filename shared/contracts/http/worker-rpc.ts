/**
 * The methods by which every Worker behind the edge describes itself. Each lists the callers that
 * it accepts.
 */
export interface WorkerRpc {
  /** The Worker's routes as an OpenAPI document. */
  describe(): Promise<OpenApiDocument>;
  /** The health of each of its components. */
  health(): Promise<readonly ComponentHealth[]>;
}

/** An OpenAPI 3.1 document: `paths` and `components` of one Worker. */
export type OpenApiDocument = {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, unknown>>;
  readonly components?: Readonly<Record<string, unknown>>;
  readonly tags?: readonly { readonly name: string; readonly description?: string }[];
};

/** The description of the whole API, and the Workers that did not describe theirs. */
export type ApiDescription = {
  readonly document: OpenApiDocument;
  readonly missing: readonly string[];
};

export type HealthStatus = 'UP' | 'DEGRADED' | 'DOWN';

export type ComponentHealth = { readonly name: string; readonly status: HealthStatus };
