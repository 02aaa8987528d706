import { expect, it } from 'vitest';

/**
 * Shows in the report that `what` could not be tested on this machine. Continuous integration, which
 * installs every server, sets `REQUIRE_BACKENDS`: there it fails.
 */
export function notRun(what: string): void {
  it(`NOT TESTED: ${what}`, () => {
    expect(process.env['REQUIRE_BACKENDS']).toBeUndefined();
  });
}
