import assert from 'node:assert/strict';
import type { Reference } from '../../src/lib/core/resolve';
import { backupCommand } from '../../src/lib/instance/backup-command';
import type { Keeping } from '../../src/lib/instance/keeping';
import { parseBackupOptions } from '../../src/lib/instance/parse';
import { type Member, Roster } from '../../src/lib/instance/roster';

/** A command on whoever of the visible it is for. */
type Command = (visible: readonly Member[], reference: Reference) => Promise<unknown>;

const backup = 'caretaker_cabin_2026-11-22_03-00-00_daily.ndjson.gz';
const backupOf =
  (fields: object): Command =>
  (visible, reference) =>
    backupCommand(visible, reference, fields);

/** Every command of every node; a new one joins by a line. */
const COMMANDS: Readonly<Record<string, Command>> = {
  'backup create': backupOf({ action: 'create' }),
  'backup list': backupOf({ action: 'list' }),
  'backup verify': backupOf({ action: 'verify', backup }),
  'backup restore': backupOf({ action: 'restore', backup }),
  'backup import': backupOf({ action: 'import', from: 'attic', backup }),
  'backup delete': backupOf({ action: 'delete', backup }),
  'backup prune': backupOf({ action: 'prune' }),
  'backup purge': backupOf({ action: 'purge' }),
};

interface Row {
  readonly what: string;
  readonly reference: Reference;
  /** The home it runs on, or the code of the refusal. */
  readonly expected: string;
  readonly notReady?: readonly string[];
}

/** The title of the cabin is the id of the home. */
const TITLES = { home: 'House', cabin: 'home' };
const ROWS: readonly Row[] = [
  { what: 'an id', reference: { instance_id: 'home' }, expected: 'home' },
  { what: 'the id of the other', reference: { instance_id: 'cabin' }, expected: 'cabin' },
  { what: 'a title', reference: { instance_name: 'House' }, expected: 'home' },
  { what: 'a title that is the id of the other', reference: { instance_name: 'home' }, expected: 'cabin' },
  {
    what: 'a title that is its own id',
    reference: { instance_name: 'cabin' },
    expected: 'instance_not_found',
  },
  { what: 'an id and its title', reference: { instance_id: 'cabin', instance_name: 'home' }, expected: 'cabin' },
  {
    what: 'an id and the title of the other',
    reference: { instance_id: 'home', instance_name: 'home' },
    expected: 'instance_ambiguous',
  },
  { what: 'nothing', reference: {}, expected: 'instance_required' },
  { what: 'all', reference: { instance_id: 'all' }, expected: 'instance_required' },
  { what: 'an empty id', reference: { instance_id: '' }, expected: 'instance_required' },
  { what: 'an empty title', reference: { instance_name: '' }, expected: 'instance_required' },
  {
    what: 'an empty id and a title',
    reference: { instance_id: '', instance_name: 'House' },
    expected: 'instance_required',
  },
  { what: 'null', reference: { instance_id: null }, expected: 'instance_required' },
  { what: 'an id nobody has', reference: { instance_id: 'attic' }, expected: 'instance_not_found' },
  {
    what: 'the id of one that is not ready',
    reference: { instance_id: 'home' },
    expected: 'instance_not_ready',
    notReady: ['home'],
  },
  {
    what: 'the title of one that is not ready',
    reference: { instance_name: 'House' },
    expected: 'instance_not_ready',
    notReady: ['home'],
  },
  { what: 'nothing, when only one is ready', reference: {}, expected: 'instance_required', notReady: ['home'] },
  { what: 'nothing, when none is ready', reference: {}, expected: 'instance_required', notReady: ['home', 'cabin'] },
  {
    what: 'the id of the one that is ready',
    reference: { instance_id: 'cabin' },
    expected: 'cabin',
    notReady: ['home'],
  },
];

/** Two homes, in the order given, that note what is asked of them and do nothing. */
function twoHomes(order: readonly string[], notReady: readonly string[]): { roster: Roster; asked: Set<string> } {
  const roster = new Roster();
  const asked = new Set<string>();
  for (const instance_id of order) {
    const note = () => {
      asked.add(instance_id);
      throw new Error('asked');
    };
    const backups = new Proxy({}, { get: () => note });
    const keeping = { backups, withoutWatching: (work: () => unknown) => work() } as unknown as Keeping;
    roster.put({
      id: `node-${instance_id}`,
      instance_id,
      name: TITLES[instance_id as keyof typeof TITLES],
      instance: null,
      refusal: null,
      keeping: notReady.includes(instance_id) ? null : keeping,
    } as Member);
  }
  return { roster, asked };
}

describe('a command, whichever of two homes was configured first,', () => {
  it('is one of these', () => {
    // The refusal of one that does not exist lists those that do.
    assert.throws(
      () => parseBackupOptions({ action: 'x' }),
      ({ message }: Error) => {
        const actions = /: ([^:]+)\.$/.exec(message)?.[1]?.split(', ') ?? [];
        assert.deepEqual(actions.map((action) => `backup ${action}`).sort(), Object.keys(COMMANDS).sort());
        return true;
      },
    );
  });

  for (const [title, command] of Object.entries(COMMANDS)) {
    describe(title, () => {
      for (const { what, reference, expected, notReady = [] } of ROWS) {
        it(`to ${what}: ${expected}`, async () => {
          for (const order of [
            ['home', 'cabin'],
            ['cabin', 'home'],
          ]) {
            const { roster, asked } = twoHomes(order, notReady);
            const thrown = await command(roster.chosen([]), reference).then(
              () => assert.fail('it was not asked'),
              (error: Error & { code?: string }) => error,
            );
            const ran = expected in TITLES;
            assert.deepEqual([...asked], ran ? [expected] : []);
            assert.equal(thrown.code ?? thrown.message, ran ? 'asked' : expected);
          }
        });
      }
    });
  }
});
