import { Problem } from '../../../../shared/http/problem.ts';
import type { Services } from '../../context.ts';
import type { Provider } from '../providers/provider.ts';

/** @throws {Problem} `SOCIAL_PROVIDER_UNKNOWN` */
export function findProvider(id: string, { config }: Pick<Services, 'config'>): Provider {
  const provider = config.social.providers.get(id);
  if (provider === undefined) throw new Problem('SOCIAL_PROVIDER_UNKNOWN');
  return provider;
}
