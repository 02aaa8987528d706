import type { Services } from '../../context.ts';

export type ClientAuthServices = Pick<
  Services,
  'clients' | 'config' | 'clock' | 'log' | 'ttlStore'
>;
