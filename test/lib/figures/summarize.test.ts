import { describe, expect, test } from 'vitest';
import { makeReport } from '../../../src/lib/figures/report.ts';
import { tallyOf } from '../../../src/lib/figures/tally.ts';
import type { Deployment } from '../../../src/lib/model/deployment.ts';
import { buildQueuedAt, recordOf } from './records.ts';
import { daysOf } from './tallies.ts';

const id = 'b'.repeat(32);
const rollback = { kind: 'rollback', of: id, automatic: true, reason: 'failed' } as const;

function figuresOf(records: readonly Deployment[], days = 10) {
  return makeReport(daysOf(tallyOf(records)), { first: '', last: '', days }).total;
}

/** 20 November, the minute and second of noon. */
function at(minute: number, day = 20): string {
  return new Date(Date.UTC(2026, 10, day, 12, minute)).toISOString();
}

test('without records every count is 0, and no rate or duration exists', () => {
  expect(figuresOf([])).toEqual({
    deployments: 0,
    deploymentsPerDay: 0,
    durations: {},
    changes: 0,
    failedChanges: 0,
    failing: 0,
    states: {},
  });
});

describe('deployment frequency', () => {
  test('counts a deployment once it is healthy, on the day it became so', () => {
    const records = [
      recordOf('1', [
        ['queued', at(0)],
        ['committed', at(1)],
        ['healthy', at(2, 21)],
      ]),
      recordOf('2', [
        ['queued', at(0)],
        ['committed', at(1)],
        ['superseded', at(2)],
      ]),
      recordOf('3', [
        ['queued', at(0)],
        ['rejected', at(1)],
      ]),
    ];
    expect(figuresOf(records)).toMatchObject({
      deployments: 1,
      deploymentsPerDay: 0.1,
      changes: 1,
      states: { healthy: 1, superseded: 1, rejected: 1 },
    });
    const { days } = makeReport(daysOf(tallyOf(records)), { first: '', last: '', days: 10 });
    expect(days.flatMap(({ day, deployments }) => (deployments === 1 ? [day] : []))).toEqual(['2026-11-21']);
  });

  test('without applications the commit is the goal', () => {
    const record = recordOf(
      '1',
      [
        ['queued', at(0)],
        ['committed', at(1)],
      ],
      { applications: [] },
    );
    expect(figuresOf([record])).toMatchObject({ deployments: 1, changes: 1 });
  });

  test('does not count a rollback', () => {
    const states = [
      ['queued', at(0)],
      ['healthy', at(1)],
    ] as const;
    expect(figuresOf([recordOf('1', states, { cause: rollback })])).toMatchObject({ deployments: 0, changes: 0 });
  });
});

describe('lead time', () => {
  test('is the sum of its steps', () => {
    const states = [
      ['queued', at(6)],
      ['pull-request', at(7)],
      ['committed', at(16)],
      ['syncing', at(18)],
      ['healthy', at(21)],
    ] as const;
    const record = recordOf('1', states, { build: buildQueuedAt(at(0)) });
    const { durations } = figuresOf([{ ...record, update: { ...record.update, pushedAt: at(5) } }]);
    const minutes = Object.entries(durations).map(([of, { median }]) => [of, median / 60]);
    expect(Object.fromEntries(minutes)).toEqual({ lead: 21, build: 5, queue: 1, commit: 10, sync: 2, health: 3 });
  });

  test('of an unknown build is unknown, and the other steps are known', () => {
    const states = [
      ['queued', at(0)],
      ['committed', at(1)],
      ['healthy', at(3)],
    ] as const;
    expect(Object.keys(figuresOf([recordOf('1', states)]).durations)).toEqual(['queue', 'commit', 'sync', 'health']);
  });

  test('a clock that is ahead makes no negative step', () => {
    const record = recordOf('1', [
      ['queued', at(0)],
      ['committed', at(1)],
      ['healthy', at(2)],
    ]);
    const pushedLater = { ...record, update: { ...record.update, pushedAt: at(5) } };
    expect(figuresOf([pushedLater]).durations.queue).toEqual({ count: 1, mean: 0, median: 0, p90: 0, longest: 0 });
  });

  test('mean, median and p90 of many', () => {
    const records = Array.from({ length: 10 }, (_, n) =>
      recordOf(String(n), [
        ['queued', at(0)],
        ['committed', at(n + 1)],
        ['healthy', at(30)],
      ]),
    );
    expect(figuresOf(records).durations.commit).toEqual({ count: 10, mean: 330, median: 300, p90: 540, longest: 600 });
  });
});

describe('change failure rate', () => {
  test('counts a deployment that failed once, also if it became healthy later', () => {
    const records = [
      recordOf('1', [
        ['queued', at(0)],
        ['committed', at(1)],
        ['degraded', at(2)],
        ['failed', at(3)],
        ['healthy', at(9)],
      ]),
      recordOf('2', [
        ['queued', at(10)],
        ['committed', at(11)],
        ['healthy', at(12)],
      ]),
      recordOf('3', [
        ['queued', at(20)],
        ['committed', at(21)],
        ['healthy', at(22)],
        ['rolled-back', at(25)],
      ]),
      recordOf('4', [
        ['queued', at(30)],
        ['abandoned', at(31)],
      ]),
    ];
    expect(figuresOf(records)).toMatchObject({
      changes: 3,
      failedChanges: 2,
      changeFailureRate: 2 / 3,
      deployments: 3,
    });
  });
});

describe('time to restore', () => {
  test('is from the first failure to the next good deployment of the environment', () => {
    const records = [
      recordOf('1', [
        ['queued', at(0)],
        ['committed', at(1)],
        ['failed', at(2)],
      ]),
      recordOf('2', [
        ['queued', at(3)],
        ['committed', at(4)],
        ['degraded', at(5)],
      ]),
      recordOf(
        '0',
        [
          ['queued', at(6)],
          ['committed', at(7)],
          ['healthy', at(12)],
        ],
        { cause: rollback },
      ),
      recordOf(
        '2',
        [
          ['queued', at(3)],
          ['committed', at(4)],
          ['healthy', at(5)],
        ],
        { environment: 'dev' },
      ),
    ];
    expect(figuresOf(records.toReversed())).toMatchObject({ timeToRestore: { count: 1, median: 600 }, failing: 0 });
  });

  test('an environment without a good deployment since its failure is failing', () => {
    const failed = recordOf('1', [
      ['queued', at(0)],
      ['committed', at(1)],
      ['failed', at(2)],
    ]);
    const figures = figuresOf([failed, { ...failed, update: { ...failed.update, environment: 'dev' } }]);
    expect(figures.failing).toBe(2);
    expect(figures).not.toHaveProperty('timeToRestore');
  });
});
