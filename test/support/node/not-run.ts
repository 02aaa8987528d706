import { expect, it } from 'vitest';

/**
 * Reports that `what` could not be tested on this machine. Continuous integration installs every server
 * and sets `REQUIRE_BACKENDS`, with which this test fails.
 */
export function notRun(what: string): void {
  it(`NOT TESTED: ${what}`, () => {
    expect(process.env['REQUIRE_BACKENDS']).toBeUndefined();
  });
}
