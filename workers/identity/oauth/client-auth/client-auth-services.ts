import type { Services } from '../../context.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';

export type ClientAuthServices = Pick<Services, 'config' | 'clock' | 'log' | 'ttlStore'> & {
  readonly clients: ClientDirectory;
};
