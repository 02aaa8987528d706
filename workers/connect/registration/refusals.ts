import type { RegistryRefusal } from '../../../shared/contracts/connect/registry-rpc.ts';
import { type FieldError, Problem } from '../../../shared/http/problem.ts';
import type { Result } from '../../../shared/result.ts';

const PROBLEMS: Readonly<Record<RegistryRefusal, () => Problem>> = {
  exists: () => new Problem('CONFLICT', { detail: 'There is a service of this name' }),
  unknown: () => new Problem('NOT_FOUND', { detail: 'There is no service of this name' }),
  not_yours: () => new Problem('AUTHZ_DENIED', { detail: 'Somebody else registered this service' }),
  too_many_services: () => new Problem('CONFLICT', { detail: 'There are 200 services' }),
  too_many_endpoints: () => invalid({ path: 'endpoints', message: 'There are more than 500' }),
  too_large: () => new Problem('PAYLOAD_TOO_LARGE', { detail: 'The schemas are too large' }),
};

export const refusal = (reason: RegistryRefusal): Problem => PROBLEMS[reason]();

const invalid = (error: FieldError): Problem =>
  new Problem('VALIDATION_ERROR', { errors: [error] });

/** @throws {Problem} `VALIDATION_ERROR` */
export function readOrRefuse<T>(read: Result<T, FieldError>): T {
  if (!read.ok) throw invalid(read.error);
  return read.value;
}
