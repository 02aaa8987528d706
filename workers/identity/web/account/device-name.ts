import type { SessionView } from '../../../../shared/contracts/identity/user-sessions.ts';
import { shownName, type Text } from '../kit/text.ts';

/** In order: a browser names those that it descends from, too. */
const BROWSERS: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\b(?:Firefox|FxiOS)\//, 'Firefox'],
  [/\b(?:Chrome|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const SYSTEMS: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/, 'iPhone'],
  [/\biPad\b/, 'iPad'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
];
/** What is no browser says what it is first: `Flow/1.0 (build 7)` (RFC 9110 §10.1.5). */
const PRODUCT = /^[^\s/()]+/;

/** What its owner may know a device by. Tells nothing for sure: clients say what they like. */
export function deviceName(
  { device, origin: { userAgent } }: Pick<SessionView, 'device' | 'origin'>,
  { account }: Text,
): string {
  if (device.name !== undefined && device.name !== '') return shownName(device.name);
  const browser = named(BROWSERS, userAgent);
  const system = named(SYSTEMS, userAgent);
  if (browser !== undefined && system !== undefined) return account.deviceOn(browser, system);
  const product = PRODUCT.exec(userAgent)?.[0];
  return browser ?? system ?? (product && shownName(product)) ?? account.unknownDevice;
}

const named = (names: typeof BROWSERS, userAgent: string): string | undefined =>
  names.find(([pattern]) => pattern.test(userAgent))?.[1];
