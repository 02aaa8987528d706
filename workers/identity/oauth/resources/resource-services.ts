import type { Services } from '../../context.ts';

export type ResourceServices = Pick<Services, 'config' | 'knownResources'>;
