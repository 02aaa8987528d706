/**
 * A text in the characters that an `error_description` may have: %x20-21 / %x23-5B / %x5D-7E. Our own
 * signs are spelled out or replaced by their plain form, and any other character by `?`.
 *
 * @see [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)
 */
export const errorDescription = (text: string): string =>
  text
    .replaceAll(/§\s*/g, 'section ')
    .replaceAll(/["‘’“”]/g, "'")
    .replaceAll(/[‐-―]/g, '-')
    .replaceAll('…', '...')
    .replaceAll(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, '?');
