import { issueToken } from '../token.ts';
import type { Contestant } from './contestant.ts';
import { startPlainWorker } from './plain-worker.ts';
import { getValidate, NOOP_PROOF, postValidate } from './validate-requests.ts';

/** A Worker that reads nothing, given the very requests that validation gets. */
export const noop: Contestant = async (ground) => {
  const { token } = await issueToken();
  const proof = NOOP_PROOF;
  return startPlainWorker(ground, 'noop', {}, [
    {
      key: 'noop-get',
      label: 'no-op Worker, GET',
      source: { kind: 'rotate', requests: [getValidate(token)] },
      proof,
    },
    {
      key: 'noop-post',
      label: 'no-op Worker, POST',
      source: { kind: 'rotate', requests: [postValidate(token)] },
      proof,
    },
  ]);
};
