import { type BackupAnswer, backupCommand, backupRecord } from '../../instance/backup-command';
import { backupSchema } from '../../instance/parse';
import { fromEach } from '../kept';
import { type Operation, operation } from '../operation';
import { fields, instant, listOf, ofInstance, oneOf, page, record, text, whole } from '../schema';

const { tag, backup } = backupSchema.properties;

const file = { backup: text, instance_id: text, tag: text, created_at: instant, bytes: whole };

/** What a backup operation may answer with. */
const PARTS = {
  backup: record(file),
  rows: { type: 'object', additionalProperties: whole },
  pruned: listOf(text),
};

export const backups = operation<{ readonly limit: number; readonly offset: number }>({
  name: 'backups',
  summary: 'The backups there are, of each home the newest first.',
  access: 'read',
  fields: fields(page),
  answer: listOf(record({ ...file, ...ofInstance })),
  run: async (caller, { limit, offset }) => {
    const all = await fromEach(caller, async ({ name, keeping }) => {
      const list = await keeping.backups.list();
      return list.map((one) => ({ ...backupRecord(one), instance_name: name }));
    });
    const list = all.flat();
    return { body: list.slice(offset, offset + limit), total: list.length };
  },
});

export const createBackup = command('create_backup', 'create', 'Make a backup of a home.', { tag }, 'backup');

export const verifyBackup = command(
  'verify_backup',
  'verify',
  'Read a backup, and say whether it is whole.',
  { backup },
  'rows',
);

export const restoreBackup = command(
  'restore_backup',
  'restore',
  'Put a home back to what a backup has, after a backup of what is there now.',
  { backup },
  'rows',
);

export const deleteBackup = command('delete_backup', 'delete', 'Delete a backup.', { backup }, 'pruned');

export const pruneBackups = command(
  'prune_backups',
  'prune',
  'Delete all backups but the newest of a tag, or of each tag.',
  { tag },
  'pruned',
);

/** @param made the part of its answer that is always there */
function command(
  name: string,
  action: BackupAnswer['action'],
  summary: string,
  asked: object,
  made: keyof typeof PARTS,
): Operation {
  const required = 'backup' in asked ? ['backup'] : [];
  const { [made]: always, ...sometimes } = PARTS;
  const answer = record({ ...ofInstance, action: oneOf(action), [made]: always });
  return operation({
    name,
    summary,
    access: 'write',
    fields: fields({ ...asked }, required),
    answer: { ...answer, properties: { ...answer.properties, ...sometimes } },
    run: async ({ commanded, reference }, given) => ({
      body: await backupCommand(commanded, reference, { ...given, action }),
    }),
  });
}
