/** Encodes a request. `body` is ASCII. */
export function rawRequest(
  method: 'GET' | 'POST',
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): string {
  const length = method === 'POST' ? { 'content-length': String(body.length) } : {};
  const lines = Object.entries({ host: 'bench.localhost', ...headers, ...length });
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([k, v]) => `${k}: ${v}\r\n`).join('')}\r\n${body}`;
}

type Posted = Readonly<Record<string, string>>;

export const postJson = (path: string, headers: Posted, value: Posted): string =>
  rawRequest(
    'POST',
    path,
    { ...headers, 'content-type': 'application/json' },
    JSON.stringify(value),
  );

export const postForm = (path: string, headers: Posted, fields: Posted): string =>
  rawRequest(
    'POST',
    path,
    { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    String(new URLSearchParams(fields)),
  );
