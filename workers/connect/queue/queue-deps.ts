import { QUEUE_NAME, type QueueRpc } from '../../../shared/contracts/queue-rpc.ts';
import { rpc } from '../../../shared/contracts/rpc.ts';
import {
  type ConnectSalts,
  importConnectSalts,
  readConnectSalts,
} from '../../../shared/tokens/connect-salts.ts';
import { type ConfigEnv, readConfig } from '../config.ts';

export type QueueEnv = ConfigEnv &
  Pick<ConnectEnv, 'SERVICE_GUID_SALT' | 'ISSUER'> & {
    readonly QUEUES: Pick<DurableObjectNamespace, 'getByName'>;
  };

/** What the queue's part of this Worker needs from outside. */
export type QueueDeps = {
  /** Whether there is a queue at all: without one, no object is asked. */
  readonly isOn: boolean;
  readonly grantSeconds: number;
  readonly queue: () => QueueRpc;
  readonly salts: () => Promise<ConnectSalts>;
  /** Where access is asked for. */
  readonly url: string;
};

/** @throws {TypeError} If a setting is bad; the message names it. */
export function queueDeps(env: QueueEnv): QueueDeps {
  const { queueCapacity, grantSeconds } = readConfig(env);
  return {
    isOn: queueCapacity > 0,
    grantSeconds,
    queue: () => rpc<QueueRpc>(env.QUEUES.getByName(QUEUE_NAME)),
    salts: () => importedSalts(env.SERVICE_GUID_SALT),
    url: `${env.ISSUER.replace(/\/$/, '')}/queue/request-access`,
  };
}

let imported: { readonly setting: string; readonly salts: Promise<ConnectSalts> } | undefined;

async function importedSalts(setting: string): Promise<ConnectSalts> {
  if (imported?.setting === setting) return imported.salts;
  const salts = readConnectSalts(setting);
  if (salts === undefined) throw new TypeError('Cannot queue: SERVICE_GUID_SALT is not base64url');
  imported = { setting, salts: importConnectSalts(salts) };
  return imported.salts;
}
