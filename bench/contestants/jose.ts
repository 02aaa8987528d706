import { ISSUER, issueToken } from '../token.ts';
import type { Contestant } from './contestant.ts';
import { startPlainWorker } from './plain-worker.ts';
import { askByGet } from './validate-requests.ts';

/** A Worker that calls `jose.jwtVerify` for every request. */
export const joseEachRequest: Contestant = async (ground) => {
  const { token, jwks } = await issueToken();
  return startPlainWorker(ground, 'jose', { JWKS: JSON.stringify(jwks), ISSUER }, [
    {
      key: 'jose',
      label: 'jose.jwtVerify each request, workerd',
      source: { kind: 'rotate', requests: [askByGet(token)] },
      proof: '"active":true',
    },
  ]);
};
