import { rpc } from '../../../shared/contracts/bindings.ts';
import { QUEUE_NAME, type QueueRpc } from '../../../shared/contracts/connect/queue-rpc.ts';
import type { ConnectSalts } from '../../../shared/tokens/connect-salts.ts';
import { type ConfigEnv, readConfig } from '../config.ts';
import { saltsOf } from '../salts.ts';

export type QueueEnv = ConfigEnv & {
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
    salts: () => saltsOf(env),
    url: `${env.ISSUER.replace(/\/$/, '')}/queue/request-access`,
  };
}
