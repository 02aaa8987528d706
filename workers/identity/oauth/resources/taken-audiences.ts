import { audienceKey } from '../../../../shared/contracts/connect/service-audience.ts';
import { ClientId } from '../../../../shared/ids.ts';
import { inParallel } from '../../../../shared/in-parallel.ts';
import type { ClientDirectory } from '../clients/client-directory.ts';
import type { ClientStore } from '../clients/client-store.ts';
import { looksLikeDocumentUrl } from '../clients/document-clients.ts';
import type { ResourceStore } from './resource-store.ts';

export type TakenAudiencesNeeds = {
  readonly config: {
    readonly issuer: string;
    readonly audience: string;
    readonly clientId: string;
  };
  readonly clients: Pick<ClientDirectory, 'find'>;
  readonly clientStore: () => Pick<ClientStore, 'find'>;
  readonly resources: () => Pick<ResourceStore, 'find'>;
};

const AT_ONCE = 8;

/**
 * Which of these audiences no service may have: the deployment's own, clients' and resource servers',
 * with or without a slash at the end. Asks the stores and no copy.
 *
 * @throws If the database does not answer.
 */
export async function takenAudiences(
  audiences: readonly string[],
  needs: TakenAudiencesNeeds,
): Promise<readonly string[]> {
  const taken = await inParallel(audiences, AT_ONCE, (audience) => isTaken(audience, needs));
  return audiences.filter((_, index) => taken[index] === true);
}

async function isTaken(audience: string, needs: TakenAudiencesNeeds): Promise<boolean> {
  const { issuer, audience: own, clientId } = needs.config;
  const key = audienceKey(audience);
  if ([issuer, own, clientId].map(audienceKey).includes(key)) return true;
  const spellings = [...new Set([audience, key, `${key}/`])];
  const taken = await Promise.all(
    spellings.map(async (name) => (await isClient(name, needs)) || (await isResource(name, needs))),
  );
  return taken.includes(true);
}

async function isClient(
  name: string,
  { clients, clientStore }: TakenAudiencesNeeds,
): Promise<boolean> {
  const clientId = ClientId.parse(name);
  if (clientId === undefined) return false;
  const client = looksLikeDocumentUrl(name)
    ? await clients.find(name)
    : await clientStore().find(clientId);
  return client !== undefined;
}

const isResource = async (name: string, { resources }: TakenAudiencesNeeds): Promise<boolean> =>
  (await resources().find(name)) !== undefined;
