import type { Services } from '../../../context.ts';
import { checkResources as check } from '../../resources/check-resources.ts';
import type { Draft } from '../draft.ts';

/** `resource` (RFC 8707 §2.1): what the tokens will be for. */
export const checkResources = async (
  { client, parameters }: Draft,
  services: Services,
): Promise<Partial<Draft>> => ({
  resources: await check(client, parameters.all('resource'), services),
});
