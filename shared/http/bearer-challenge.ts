import { Problem } from './problem.ts';

/** The `WWW-Authenticate` of a response to a bearer token (RFC 6750 §3). */
export const bearerChallenge = (parameters: Readonly<Record<string, string>>): string => {
  const listed = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`);
  return `Bearer ${listed.join(', ')}`;
};

/**
 * The token lacks a scope (RFC 6750 §3.1).
 *
 * @param scope - All that are required, with one space between two.
 */
export const insufficientScopeProblem = (scope: string): Problem =>
  new Problem('AUTH_SCOPE_INSUFFICIENT', {
    headers: { 'www-authenticate': bearerChallenge({ error: 'insufficient_scope', scope }) },
  });
