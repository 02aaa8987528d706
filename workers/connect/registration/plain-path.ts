/**
 * Whether it is a path that every reader takes for the same one: absolute, without a query, without
 * parameters, and with nothing that a URL parser would resolve or encode.
 */
export function isPlainPath(text: string): boolean {
  if (!text.startsWith('/') || text.startsWith('//')) return false;
  const url = URL.parse(text, 'https://any.example');
  return url !== null && url.pathname === text && url.href === `https://any.example${text}`;
}
