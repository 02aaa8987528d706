/**
 * Whether a request prefers HTML to JSON (RFC 9110 §12.5.1): it names `text/html`, and nothing with more
 * weight. Browsers do so where people see the answer; programs accept anything, or JSON.
 */
export function prefersHtml(headers: Headers): boolean {
  const weights = new Map((headers.get('accept') ?? '').toLowerCase().split(',').map(readRange));
  const weightOf = (type: string) => weights.get(type) ?? 0;
  const html = weightOf('text/html');
  const json = Math.max(weightOf('application/json'), weightOf('application/problem+json'));
  return html > json && html >= weightOf('*/*');
}

function readRange(range: string): readonly [type: string, weight: number] {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
  const weight = parameters.find((one) => one.startsWith('q='));
  return [type, weight === undefined ? 1 : Number(weight.slice(2))];
}
