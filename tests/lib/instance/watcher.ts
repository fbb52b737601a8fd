import { host } from '../../../src/lib/instance/hosting';
import { Monitor } from '../../../src/lib/instance/monitor';
import { parseMonitorOptions } from '../../../src/lib/instance/parse';
import { Roster } from '../../../src/lib/instance/roster';
import { quick } from './watched';

/** What it is told to do, as JSON. */
export interface WatcherOrders {
  readonly url: string;
  readonly token: string;
  readonly store: { readonly fields: object; readonly url: string };
  readonly userDir: string;
  readonly monitor: string;
  /** How long a claim holds, ms; default as in `lease.test.ts`. */
  readonly lease?: number;
}

/** A line of JSON each. */
export type WatcherWord =
  | { readonly told: string }
  | { readonly log: string }
  | { readonly state: 'watching' | 'resting'; readonly standby: string | null };

const say = (word: WatcherWord) => process.stdout.write(`${JSON.stringify(word)}\n`);

/** A process of its own that watches a home as a Node-RED would, for `lease.test.ts` to stop and to kill. */
function main({ url, token, store, userDir, monitor, lease = 3_000 }: WatcherOrders): void {
  const roster = new Roster();
  const graces = {
    state_change_grace_period_seconds: 0.1,
    recovery_grace_period_seconds: 0.1,
    startup_grace_period_seconds: 0.5,
  };
  let last = '';
  roster.onChange(() => {
    const member = roster.get('home');
    const state = member?.instance ? 'watching' : 'resting';
    if (`${state} ${member?.standby}` === last) return;
    last = `${state} ${member?.standby}`;
    say({ state, standby: member?.standby ?? null });
  });
  const hosted = host(
    {
      nodeId: 'home',
      fields: { instance_id: 'home', name: 'Home', url, ...graces },
      token,
      tls: undefined,
      supervisorToken: undefined,
      storage: store,
      userDir,
      times: quick,
      leaseTimes: { lease, renew: 1_000 },
      log: (what) => say({ log: what }),
      info: () => {},
    },
    roster,
  );
  const told = new Monitor(monitor, parseMonitorOptions({ kinds: ['entity'], direction: 'both' }), roster, {
    send: (record) => 'status' in record && say({ told: `${record.id} ${record.status} ${record.since}` }),
    show: () => {},
  });
  process.once('SIGTERM', () => {
    told.stop(false);
    void hosted.stop().then(() => process.exit(0));
  });
  setInterval(() => {}, 1_000);
}

main(JSON.parse(process.argv[2] ?? '{}') as WatcherOrders);
