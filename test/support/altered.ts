/**
 * The text with one character in the middle changed. A change at the end may be none: the last character
 * of Base64url has bits that no decoder reads, and a random text may end with what one would write there.
 */
export function altered(text: string): string {
  const middle = Math.floor(text.length / 2);
  const other = text[middle] === 'A' ? 'B' : 'A';
  return text.slice(0, middle) + other + text.slice(middle + 1);
}
