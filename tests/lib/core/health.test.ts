import assert from 'node:assert/strict';
import { newHealth, observe, settle } from '../../../src/lib/core/health';
import type { Status } from '../../../src/lib/core/subject';

/** At a second, a status is seen; or nothing is, and only time passes. */
type Step = readonly [number, Status | null];

interface Row {
  readonly what: string;
  readonly before?: Status;
  readonly down?: number;
  readonly back?: number;
  readonly notBefore?: number;
  readonly steps: readonly Step[];
  /** `at before > after since`, in seconds. */
  readonly told: readonly string[];
}

const rows: readonly Row[] = [
  {
    what: 'the first sight of something healthy counts at once',
    steps: [[0, 'available']],
    told: ['0 - > available 0'],
  },
  {
    what: 'the first sight of something down waits for the grace',
    steps: [
      [0, 'unavailable'],
      [29, null],
      [30, null],
    ],
    told: ['30 - > unavailable 0'],
  },
  {
    what: 'down counts when the grace has run out',
    before: 'available',
    steps: [
      [5, 'unavailable'],
      [34, null],
      [35, null],
    ],
    told: ['35 available > unavailable 5'],
  },
  {
    what: 'back within the grace is nothing',
    before: 'available',
    steps: [
      [5, 'unavailable'],
      [34, 'available'],
      [90, null],
    ],
    told: [],
  },
  {
    what: 'flapping faster than the grace is nothing',
    before: 'available',
    steps: [0, 1, 2, 3, 4, 5].flatMap((n): Step[] => [
      [n * 40, 'unavailable'],
      [n * 40 + 29, 'available'],
    ]),
    told: [],
  },
  {
    what: 'each time down has its whole grace',
    before: 'available',
    steps: [
      [0, 'unavailable'],
      [20, 'available'],
      [21, 'unavailable'],
      [50, null],
      [51, null],
    ],
    told: ['51 available > unavailable 21'],
  },
  {
    what: 'from one bad status to another it has been down all along',
    before: 'available',
    steps: [
      [0, 'unavailable'],
      [20, 'unknown'],
      [29, 'missing'],
      [30, null],
    ],
    told: ['30 available > missing 0'],
  },
  {
    what: 'back counts when its own grace has run out',
    before: 'unavailable',
    steps: [
      [0, 'available'],
      [9, null],
      [10, null],
    ],
    told: ['10 unavailable > available 0'],
  },
  {
    what: 'back and away again within that grace is nothing',
    before: 'unavailable',
    steps: [
      [0, 'available'],
      [9, 'unavailable'],
      [60, null],
    ],
    told: [],
  },
  {
    what: 'seeing it again does not start the grace again',
    before: 'available',
    steps: [
      [0, 'unavailable'],
      [20, 'unavailable'],
      [30, null],
    ],
    told: ['30 available > unavailable 0'],
  },
  {
    what: 'seeing it back again does not start the grace again',
    before: 'unknown',
    steps: [
      [0, 'available'],
      [7, 'available'],
      [10, null],
    ],
    told: ['10 unknown > available 0'],
  },
  {
    what: 'one confirmed bad status follows another after a grace of its own',
    before: 'unavailable',
    steps: [
      [0, 'missing'],
      [29, null],
      [30, null],
    ],
    told: ['30 unavailable > missing 0'],
  },
  {
    what: 'nothing is called down before the end of the start-up grace',
    before: 'available',
    notBefore: 300,
    steps: [
      [0, 'unavailable'],
      [299, null],
      [300, null],
    ],
    told: ['300 available > unavailable 0'],
  },
  {
    what: 'the start-up grace does not shorten the other',
    before: 'available',
    notBefore: 300,
    steps: [
      [290, 'unavailable'],
      [319, null],
      [320, null],
    ],
    told: ['320 available > unavailable 290'],
  },
  {
    what: 'back does not wait for the end of the start-up grace',
    before: 'unavailable',
    notBefore: 300,
    steps: [
      [0, 'available'],
      [10, null],
    ],
    told: ['10 unavailable > available 0'],
  },
  {
    what: 'without graces every change counts at once',
    before: 'available',
    down: 0,
    back: 0,
    steps: [
      [1, 'unavailable'],
      [2, 'unknown'],
      [3, 'available'],
    ],
    told: ['1 available > unavailable 1', '2 unavailable > unknown 2', '3 unknown > available 3'],
  },
];

describe('health', () => {
  for (const { what, before, down = 30, back = 10, notBefore = 0, steps, told } of rows) {
    it(what, () => {
      const health = newHealth({ kind: 'entity', id: 'light.a', name: 'A' });
      if (before) Object.assign(health, { status: before, since: -60_000 });
      const heard: string[] = [];
      for (const [second, status] of steps) {
        const now = second * 1000;
        if (status) {
          const verdict = { status, state: status, since: now };
          health.due = observe(health, verdict, now, { down: down * 1000, back: back * 1000 }, notBefore * 1000);
        }
        const settled = health.due <= now ? settle(health, now) : null;
        if (settled) {
          const { at, previous_status, since } = settled;
          heard.push(`${at / 1000} ${previous_status ?? '-'} > ${settled.status} ${since / 1000}`);
        }
      }
      assert.deepEqual(heard, told);
    });
  }
});

describe('the instants of a transition', () => {
  /** before, seen since, now; since, at, seconds: all in seconds. */
  const rows: readonly (readonly [string, number | null, number, number, readonly [number, number, number | null]])[] =
    [
      ['clocks that agree', 100, 200, 230, [200, 230, 100]],
      ["Home Assistant's clock is ahead of ours", 100, 900, 230, [230, 230, 130]],
      ["Home Assistant's clock is behind ours", 100, 50, 230, [100, 230, 0]],
      ['our own clock was set back', 100, 60, 70, [100, 100, 0]],
      ['the first sight has no status before', null, 200, 230, [200, 230, null]],
      ['how long it lasted is told to the millisecond', 100, 135.398321, 140, [135.398321, 140, 35.398]],
      ['nothing began before the epoch', null, -200, 230, [0, 230, null]],
    ];
  for (const [what, before, seenSince, now, [since, at, seconds]] of rows) {
    it(what, () => {
      const health = newHealth({ kind: 'entity', id: 'light.a', name: 'A' });
      if (before !== null) Object.assign(health, { status: 'available', since: before * 1000 });
      const verdict = { status: 'unavailable', state: 'unavailable', since: seenSince * 1000 } as const;
      observe(health, verdict, now * 1000, { down: 0, back: 0 }, 0);
      const settled = settle(health, now * 1000);
      assert.deepEqual([settled?.since, settled?.at, settled?.seconds], [since * 1000, at * 1000, seconds]);
      assert.equal(settle(health, now * 1000), null, 'once');
    });
  }
});
