import { rawRequest } from '../load/raw-request.ts';
import type { Contestant } from './contestant.ts';
import { startPlainWorker } from './plain-worker.ts';

/** It has as many objects as `refresh` has users. Each request reads a row and writes a row. */
export const bareObject: Contestant = async (ground) => {
  const requests = Array.from({ length: ground.users }, (_, n) =>
    rawRequest('POST', `/user-${n}`, { 'content-type': 'application/json' }, '{"refreshToken":""}'),
  );
  return startPlainWorker(ground, 'bare-object', {}, [
    {
      key: 'bare-object',
      label: 'bare Durable Object: 1 SELECT, 1 UPDATE',
      source: { kind: 'rotate', requests },
      proof: '{"n":1}',
    },
  ]);
};
