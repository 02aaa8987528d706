import type { AppServices } from './app.ts';
import { apiPage } from './docs/api-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { styleResponse } from './docs/style.ts';
import { openSocket, type SocketServices } from './gateway/connect.ts';
import { healthReporter } from './gateway/health.ts';
import type { OwnRoute } from './gateway/routes.ts';
import { type ApiDescription, apiDescriber } from './openapi/document.ts';
import * as operations from './openapi/operations.ts';
import type { Runtime } from './ports.ts';
import { VALIDATE_PATHS, type ValidateEndpoint } from './validate/endpoint.ts';

export type OwnRouteServices = AppServices &
  SocketServices & {
    readonly runtime: Runtime;
    readonly validate: ValidateEndpoint;
  };

/** What the edge serves itself. Dispatch and `/openapi.json` both come from this table. */
export function ownRoutes(services: OwnRouteServices): readonly OwnRoute[] {
  const { upstreams, runtime, validate } = services;
  const reportHealth = healthReporter(upstreams, runtime);
  const describeApi = apiDescriber(() => routes, upstreams, runtime);
  const routes: readonly OwnRoute[] = [
    ...VALIDATE_PATHS.flatMap((path) => validateRoutes(path, validate)),
    {
      ...get('/connect', (trip) => openSocket(services, trip), operations.socket),
      limit: 'connect',
    },
    get('/health', reportHealth, operations.health),
    get('/openapi.json', async () => documentResponse(await describeApi()), operations.openapi),
    get('/docs', async () => apiPage(await describeApi())),
    get('/docs/errors', errorsPage),
    get('/docs/style.css', styleResponse),
  ];
  return routes;
}

/** A document that lacks a Worker is not to be kept. */
const documentResponse = ({ document, missing }: ApiDescription): Response =>
  Response.json(document, {
    headers: { 'cache-control': missing.length === 0 ? 'public, max-age=60' : 'no-store' },
  });

const get = (
  path: string,
  handle: OwnRoute['handle'],
  operation?: OwnRoute['operation'],
): OwnRoute => ({ method: 'GET', path, handle, ...(operation && { operation }) });

function validateRoutes(path: string, validate: ValidateEndpoint): readonly OwnRoute[] {
  return [
    {
      method: 'POST',
      path,
      operation: operations.describeToken,
      limitsItself: true,
      handle: ({ request, background }) => validate.post(request, request.url, background),
    },
    {
      method: 'GET',
      path,
      operation: operations.forwardAuthentication,
      limitsItself: true,
      handle: ({ request, background }) => validate.get(request, request.url, background),
    },
  ];
}
