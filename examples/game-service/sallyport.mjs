export const issuer = process.env.ISSUER ?? 'http://127.0.0.1:8787';

/** Gets a token for the client that an administrator has created (RFC 6749 §4.4). */
export async function connect() {
  const credentials = `${process.env.CLIENT_ID}:${process.env.CLIENT_SECRET}`;
  let token = { expiresAt: 0 };

  async function signIn() {
    const scope = 'connect:register connect:publish';
    const response = await fetch(`${issuer}/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(credentials)}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    });
    if (!response.ok) throw new Error(`Cannot sign in: ${await response.text()}`);
    const { access_token, expires_in } = await response.json();
    token = { value: access_token, expiresAt: Date.now() + (expires_in - 30) * 1_000 };
  }

  async function ask(method, path, body) {
    if (Date.now() >= token.expiresAt) await signIn();
    const response = await fetch(`${issuer}/api/v1/connect${path}`, {
      method,
      headers: { authorization: `Bearer ${token.value}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (response.ok || response.status === 409) return response;
    throw new Error(`Cannot ${method} ${path}: ${await response.text()}`);
  }

  return {
    /** Registers a service at the hub, or changes its settings. */
    async register(name, settings) {
      const { status } = await ask('POST', '/services', { name, ...settings });
      if (status === 409) await ask('PUT', `/services/${name}`, settings);
    },
    /** Sends events to clients. */
    publish: (event) => ask('POST', '/events', event),
  };
}
