import { issueToken } from '../token.ts';
import type { Contestant, Row } from './contestant.ts';
import { startPlainWorker } from './plain-worker.ts';
import { type Ask, askByBody, askByGet, askByPost, NOOP_PROOF } from './validate-requests.ts';

/** A Worker that ignores its request. It gets the requests of validation. */
export const noop: Contestant = async (ground) => {
  const { token } = await issueToken();
  return startPlainWorker(ground, 'noop', {}, [
    row('noop-get', 'no-op Worker, GET', askByGet, token),
    row('noop-post', 'no-op Worker, POST', askByPost, token),
  ]);
};

/** A Worker that only reads the body. */
export const bodyReader: Contestant = async (ground) => {
  const { token } = await issueToken();
  return startPlainWorker(ground, 'body-reader', {}, [
    row('reader-body', 'no-op Worker that reads the body', askByBody, token),
  ]);
};

const row = (key: Row['key'], label: string, ask: Ask, token: string): Row => ({
  key,
  label,
  source: { kind: 'rotate', requests: [ask(token)] },
  proof: NOOP_PROOF,
});
