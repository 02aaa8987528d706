import { table } from '../table.ts';
import type { IdleResult, SoakResult, StormResult, TrialResults } from './trial-results.ts';

/** The report's sections on the trials of the hub, as titles and tables. */
export function trialSections({
  idle,
  storm,
  soak,
}: TrialResults): readonly (readonly [string, string])[] {
  return [
    ['Hub: idle sockets', idle === undefined ? '' : idleTable(idle)],
    [
      'Hub: killed and started again',
      table(['what', ''], [...stormRows(storm), ...soakRows(soak)]),
    ],
  ];
}

const idleTable = ({ hub, floor }: NonNullable<TrialResults['idle']>): string =>
  table(
    ['idle sockets', 'sockets', 'KB each', 'of that, JS heap', 'MiB before', 'MiB after', 'lost'],
    [idleRow('Sallyport, hub', hub), idleRow('bare hibernating Durable Object', floor)],
  );

const idleRow = (label: string, result: IdleResult): readonly string[] => [
  label,
  whole(result.sockets),
  result.kilobytesEach.toFixed(1),
  result.heapKilobytesEach.toFixed(1),
  result.before.toFixed(0),
  result.after.toFixed(0),
  whole(result.lost),
];

const stormRows = (storm: StormResult | undefined): readonly (readonly string[])[] =>
  storm === undefined
    ? []
    : [
        ['storm: clients that came back at once', whole(storm.sockets)],
        ['storm: resumed', whole(storm.resumed)],
        ['storm: failed openings', whole(storm.failures)],
        ['storm: seconds until all had resumed', storm.seconds.toFixed(2)],
      ];

const soakRows = (soak: SoakResult | undefined): readonly (readonly string[])[] =>
  soak === undefined
    ? []
    : [
        ['soak: clients', whole(soak.clients)],
        ['soak: kill -9 under load', whole(soak.kills)],
        ['soak: events published', whole(soak.events)],
        ['soak: deliveries due', whole(soak.due)],
        ['soak: resumptions', whole(soak.resumed)],
        ['soak: failed openings, gaps, new streams', whole(soak.failures)],
        ['soak: lost', whole(soak.lost)],
        ['soak: doubled', whole(soak.doubled)],
        ['soak: astray', whole(soak.strayed)],
        ['soak: out of order', whole(soak.disordered)],
      ];

const whole = (value: number): string => Math.round(value).toLocaleString('en');
