import { describeOnPostgres } from '../support/postgres';
import { isolationSuite } from './suite';

describeOnPostgres('what is done to one home never shows in another, on PostgreSQL', () => isolationSuite('postgres'));
