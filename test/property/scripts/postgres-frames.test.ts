import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { terminateWatch } from '../../../scripts/local/postgres-frames.ts';
import { concatBytes, utf8 } from '../../../shared/bytes.ts';

/** An untyped message, as connections begin with. */
function untyped(content: Uint8Array): Uint8Array {
  const length = new DataView(new ArrayBuffer(4));
  length.setInt32(0, content.length + 4);
  return concatBytes(new Uint8Array(length.buffer), content);
}
const typed = (type: string, content: Uint8Array) => concatBytes(utf8(type), untyped(content));

const TERMINATE = typed('X', new Uint8Array());
const SSL_REQUEST = untyped(Uint8Array.of(4, 210, 22, 47));

/** Bodies that look like Terminate, or like its beginning. */
const body = fc.oneof(
  fc.uint8Array({ maxLength: 12 }),
  fc.constantFrom(TERMINATE, TERMINATE.subarray(0, 4), utf8('X'), new Uint8Array()),
);
const startup = body.map((parameters) =>
  untyped(concatBytes(Uint8Array.of(0, 3, 0, 0, 0), parameters)),
);
const message = fc
  .tuple(fc.constantFrom('Q', 'P', 'B', 'S', 'd'), body)
  .map(([type, content]) => typed(type, content));
const conversation = fc
  .tuple(fc.boolean(), startup, fc.array(message, { maxLength: 5 }))
  .map(([ssl, first, rest]) => concatBytes(...(ssl ? [SSL_REQUEST] : []), first, ...rest));

function chunks(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
  const sorted = at.toSorted((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('terminateWatch()', () => {
  it('finds Terminate, and only it, however the messages are cut', () => {
    fc.assert(
      fc.property(conversation, fc.array(fc.nat(), { maxLength: 8 }), (talk, cuts) => {
        const watch = terminateWatch();
        expect(chunks(talk, cuts).map((chunk) => watch(chunk))).not.toContain(true);
        expect(watch(TERMINATE)).toBe(true);

        const cut = terminateWatch();
        const all = chunks(concatBytes(talk, TERMINATE), cuts);
        expect(all.map((chunk) => cut(chunk))).toContain(true);
      }),
    );
  });
});
