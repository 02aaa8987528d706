import { describe, expect, it } from 'vitest';

import {
  PROOF_CLOCK_TOLERANCE,
  PROOF_LIFETIME,
  proofTimeFault,
} from '../../../../shared/oauth/dpop-time.ts';

const NOW_SECONDS = 1_800_000_000;

const fault = (nonce: string | undefined, offset = 0, isNonceRequired = true) =>
  proofTimeFault(
    { nonce, issuedAt: NOW_SECONDS + offset },
    { nonces: { current: 'new', previous: 'old' }, isNonceRequired, now: NOW_SECONDS * 1_000 },
  );

describe('the time of a proof (RFC 9449 §4.3 checks 10 and 11)', () => {
  it('is told by a nonce of ours, whatever the clock of the client says (§11.1)', () => {
    for (const offset of [0, -3_600, 3_600, -1e9, 1e9]) {
      for (const nonce of ['new', 'old']) {
        expect(fault(nonce, offset)).toBeUndefined();
        expect(fault(nonce, offset, false)).toBeUndefined();
      }
    }
  });

  it('is not told by another nonce, which is answered with ours', () => {
    for (const isRequired of [true, false]) {
      expect(fault('older', 0, isRequired)).toBe('nonce_required');
      expect(fault('', 0, isRequired)).toBe('nonce_required');
    }
  });

  it('asks a client for a nonce before its clock is judged', () => {
    for (const offset of [0, -3_600, 3_600])
      expect(fault(undefined, offset)).toBe('nonce_required');
  });

  it('is by iat from 60 seconds ago to 10 ahead where there is no nonce', () => {
    const at = (offset: number) => fault(undefined, offset, false);
    for (const offset of [-PROOF_LIFETIME, 0, 0.5, PROOF_CLOCK_TOLERANCE]) {
      expect(at(offset)).toBeUndefined();
    }
    for (const offset of [-PROOF_LIFETIME - 1, PROOF_CLOCK_TOLERANCE + 1, 1e9, -1e9]) {
      expect(at(offset)).toBe('untimely');
    }
  });
});
