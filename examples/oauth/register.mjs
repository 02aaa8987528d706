export const issuer = new URL(process.env.ISSUER ?? 'http://127.0.0.1:8787');

/** Registers a client (RFC 7591). In production an administrator registers it once. */
export async function register(metadata) {
  const response = await fetch(new URL('/oauth2/register', issuer), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  });
  if (!response.ok) throw new Error(`Cannot register: ${await response.text()}`);
  return response.json();
}
