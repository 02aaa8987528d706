import { Problem } from '../../shared/http/problem.ts';

/**
 * More than one owner may have of something that all share, or than there is of it.
 *
 * @param limit - The name by which the documents know the limit.
 * @param most - Its value, where the asker knows it.
 */
export const quotaExceeded = (limit: string, most?: number): Problem =>
  new Problem('QUOTA_EXCEEDED', {
    detail: `The limit ${limit} is reached`,
    extensions: { limit, ...(most === undefined ? {} : { most }) },
  });
