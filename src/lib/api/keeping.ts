import { backups, createBackup, deleteBackup, pruneBackups, restoreBackup, verifyBackup } from './keeping/backups';
import { diagnostics } from './keeping/diagnostics';
import { metrics } from './keeping/metrics';

export const KEEPING_OPERATIONS = [
  backups,
  createBackup,
  verifyBackup,
  restoreBackup,
  deleteBackup,
  pruneBackups,
  diagnostics,
  metrics,
];
