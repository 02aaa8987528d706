import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { errorDescription } from '../../../../shared/oauth/error-description.ts';

/** RFC 6749 §5.2. */
const ALLOWED = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
const OURS = fc.constantFrom(
  '§',
  '§ ',
  '’',
  '“',
  '”',
  '"',
  '\\',
  '–',
  '—',
  '…',
  'é',
  '\n',
  'a',
  '3.1',
);

it('errorDescription() keeps to the characters of RFC 6749, and changes no text that does', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(OURS).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const described = errorDescription(text);
      expect(described).toMatch(ALLOWED);
      expect(errorDescription(described)).toBe(described);
    }),
  );
});

it.each([
  ['must be an absolute URI (RFC 6749 §3.1.2)', 'must be an absolute URI (RFC 6749 section 3.1.2)'],
  ['RFC 8705 § 2.1.2', 'RFC 8705 section 2.1.2'],
  ['another session’s “grant” – over…', "another session's 'grant' - over..."],
  ['"quoted" \\ é', "'quoted' ? ?"],
])('errorDescription() says %j as %j', (text, described) => {
  expect(errorDescription(text)).toBe(described);
});
