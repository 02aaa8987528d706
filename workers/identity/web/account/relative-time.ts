import { days, hours, type Millis, minutes } from '../../../../shared/clock.ts';

const UNITS = [
  ['year', days(365)],
  ['month', days(30)],
  ['day', days(1)],
  ['hour', hours(1)],
  ['minute', minutes(1)],
] as const;

/** How long ago something was, as text. The page does not know its reader's time zone, so it shows no dates. */
export function relativeTime(at: Millis, now: Millis, lang: string): string {
  const format = new Intl.RelativeTimeFormat(lang, { numeric: 'auto' });
  const age = Math.max(0, now - at);
  const [unit, length] = UNITS.find(([, length]) => age >= length) ?? (['second', 1_000] as const);
  // Within a minute it is "now".
  return unit === 'second'
    ? format.format(0, unit)
    : format.format(-Math.floor(age / length), unit);
}
