import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guidFromText, guidToText } from '../../../../shared/hub-protocol/guid.ts';
import { hubMark, newPeerGuid, readPeerGuid } from '../../../../shared/hub-protocol/peer-guid.ts';
import { importSalt } from '../../../../shared/hub-protocol/session-guids.ts';

const salts = fc.uint8Array({ minLength: 16, maxLength: 32 }).map((bytes) => new Uint8Array(bytes));
const hubs = fc
  .tuple(fc.constantFrom('eu', 'na', 'local'), fc.nat(63))
  .map(([r, n]) => `hub:${r}:${n}`);

describe('peer GUIDs', () => {
  it('[H64] can be read back, and all are different', async () => {
    await fc.assert(
      fc.asyncProperty(salts, hubs, async (bytes, hub) => {
        const salt = await importSalt(bytes);
        const mark = await hubMark(salt, hub);
        const [one, two] = [await newPeerGuid(salt, mark), await newPeerGuid(salt, mark)];
        expect(one).toMatch(/^.{8}-.{4}-6.{3}-[89ab].{3}-.{12}$/);
        expect(one).not.toBe(two);
        expect(await readPeerGuid(salt, one)).toBe(mark);
        expect(await readPeerGuid(salt, two)).toBe(mark);
      }),
      { numRuns: 100 },
    );
  });

  it('[H64] lead to no hub with any bit changed', async () => {
    const salt = await importSalt(new Uint8Array(16).fill(7));
    const mark = await hubMark(salt, 'hub:eu:0');
    await fc.assert(
      fc.asyncProperty(fc.nat(127), async (bit) => {
        const bytes = guidFromText(await newPeerGuid(salt, mark)) ?? new Uint8Array(16);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(await readPeerGuid(salt, guidToText(bytes))).not.toBe(mark);
      }),
      { numRuns: 200 },
    );
  });
});
