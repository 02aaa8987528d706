import { Problem } from '../../shared/http/problem.ts';

/** @throws {Problem} `SERVICE_UNAVAILABLE` in place of whatever `asked` fails with. */
export async function available<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (cause) {
    throw new Problem('SERVICE_UNAVAILABLE', { cause });
  }
}
