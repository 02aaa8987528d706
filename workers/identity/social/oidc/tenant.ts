/**
 * Issuers of which there is one for each tenant (Microsoft's): `{tenantid}` stands for it.
 *
 * @module
 */

const PLACEHOLDER = '{tenantid}';
const TENANT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * Which tenant's issuer this is.
 *
 * @returns `''` where the provider has a single issuer, and this is it. `undefined`: it is none of
 *   the provider's.
 */
export function tenantOf(template: string, issuer: string): string | undefined {
  if (!template.includes(PLACEHOLDER)) return issuer === template ? '' : undefined;
  const at = template.indexOf(PLACEHOLDER);
  const tenant = issuer.slice(at, at + 36);
  return TENANT.test(tenant) && tenantIssuer(template, tenant) === issuer ? tenant : undefined;
}

/** The issuer of one tenant; of a single issuer, itself. */
export const tenantIssuer = (template: string, tenant: string): string =>
  template.replace(PLACEHOLDER, tenant);
