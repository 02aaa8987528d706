export type HealthStatus = 'UP' | 'DEGRADED' | 'DOWN';

export type ComponentHealth = { readonly name: string; readonly status: HealthStatus };
