import type { IdentityApp, Services } from '../../context.ts';
import { deleteOwn, ownRegistration, readOwn, replaceOwn } from './manage-registration.ts';
import { readMetadataBody } from './read-body.ts';
import { registerClient } from './register-client.ts';
import { documentRegistration } from './register-openapi.ts';

/** `/oauth2/register`: registration (RFC 7591) and its management (RFC 7592). */
export function addRegistration(app: IdentityApp): void {
  documentRegistration(app);
  app.post('/register', async (c) => {
    const { services, correlationId } = c.var;
    const { headers } = c.req.raw;
    const response = await registerClient(headers, () => readMetadataBody(c.req.raw), services);
    const clientId = response['client_id'];
    services.log({ event: 'client.registered', level: 'info', correlationId, clientId });
    return c.json(response, 201);
  });
  app.get('/register/:clientId', async (c) => {
    const { services } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    return c.json(readOwn(own, services), 200);
  });
  app.put('/register/:clientId', async (c) => {
    const { services } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    const response = await replaceOwn(own, await readMetadataBody(c.req.raw), services);
    logChange('client.changed', services, c.var.correlationId, own.client.clientId);
    return c.json(response, 200);
  });
  app.delete('/register/:clientId', async (c) => {
    const { services } = c.var;
    const own = await ownRegistration(c.req.raw.headers, c.req.param('clientId'), services);
    await deleteOwn(own, services);
    logChange('client.deleted', services, c.var.correlationId, own.client.clientId);
    return c.body(null, 204);
  });
}

function logChange(
  event: string,
  { log }: Services,
  correlationId: string,
  clientId: string,
): void {
  log({ event, level: 'info', correlationId, clientId });
}
