import assert from 'node:assert/strict';
import { Sight } from '../../../src/lib/instance/sight';

const GRACE_S = 60;

/** A home, and what was done about it. */
class Watched {
  readonly done: string[] = [];
  isInMaintenance = false;
  readonly sight: Sight;
  /** How long after going live nothing is called down, ms. */
  readonly graces: number[] = [];

  constructor(graceUntil = 0) {
    this.sight = new Sight(
      {
        tracker: {
          goLive: (now, notBefore) => {
            this.done.push('live');
            this.graces.push(notBefore - now);
          },
          goDark: () => this.done.push('dark'),
        },
        isInMaintenance: () => this.isInMaintenance,
        graced: () => this.done.push('graced'),
        turned: () => this.done.push('turned'),
      },
      GRACE_S,
      { graceUntil },
    );
  }

  /** The last grace is the full one, or none. */
  assertGrace(isFull: boolean): void {
    const grace = this.graces.at(-1) ?? Number.NaN;
    assert.ok(isFull ? grace === GRACE_S * 1000 : grace <= 0, `${grace} ms`);
  }
}

describe('the sight of a home', () => {
  it('is live when connected and running, and says so once', () => {
    const { sight, done } = new Watched();
    assert.equal(sight.look('connected', null, undefined), false);
    assert.equal(sight.look('connected', true, undefined), true);
    assert.equal(sight.look('connected', true, undefined), false);
    assert.ok(sight.live);
    assert.deepEqual(done, ['live', 'turned']);
  });

  for (const [what, running, reason, isAway] of [
    ['it did not answer', null, 'connection_lost', true],
    ['it was not there', null, 'cannot_connect', true],
    ['it was slow', null, 'command_timeout', true],
    ['it was starting', false, undefined, true],
    ['the token was refused', null, 'invalid_auth', false],
    ['nothing was tried yet', null, undefined, false],
  ] as const) {
    it(`${isAway ? 'gives a grace' : 'gives no grace'} after ${what}`, () => {
      const watched = new Watched();
      watched.sight.look('disconnected', running, reason);
      watched.sight.look('connected', true, undefined);
      watched.assertGrace(isAway);
      assert.equal(watched.done.includes('graced'), isAway);
    });
  }

  it('gives a grace after it was seen and lost, whatever the reason', () => {
    const watched = new Watched();
    watched.sight.look('connected', true, undefined);
    watched.assertGrace(false);
    watched.sight.look('disconnected', true, 'invalid_auth');
    assert.equal(watched.sight.live, false);
    watched.sight.look('connected', true, undefined);
    watched.assertGrace(true);
    assert.deepEqual(watched.done, ['live', 'turned', 'dark', 'turned', 'graced', 'live', 'turned']);
  });

  it('goes on with a grace of an earlier run, but with no longer one than is set', () => {
    const short = new Watched(Date.now() + 5_000);
    short.sight.look('connected', true, undefined);
    const [grace = 0] = short.graces;
    assert.ok(grace > 4_000 && grace <= 5_000, `${grace} ms`);
    const long = new Watched(Date.now() + 3_600_000);
    long.sight.look('connected', true, undefined);
    long.assertGrace(true);
  });

  it('has been away since it was when we last ran', () => {
    const watched = new Watched();
    watched.sight.resumeAway(12);
    assert.equal(watched.sight.since, 12);
    watched.sight.look('connected', true, undefined);
    watched.assertGrace(true);
    assert.ok(watched.sight.since > 12);
  });

  it('does not count while somebody works on it', () => {
    const watched = new Watched();
    watched.sight.look('connected', true, undefined);
    watched.isInMaintenance = true;
    watched.sight.judge(Date.now());
    watched.sight.judge(Date.now());
    assert.ok(watched.sight.live);
    watched.isInMaintenance = false;
    watched.sight.judge(Date.now());
    assert.deepEqual(watched.done, ['live', 'turned', 'dark', 'turned', 'live', 'turned']);
  });
});
