import { describeOnPostgres } from '../support/postgres';
import { bitesSuite } from './bites';
import { POSTGRES_LEAKS } from './leaks';

describeOnPostgres('the two-home suite, with a leak planted, on PostgreSQL', () => {
  bitesSuite('postgres', POSTGRES_LEAKS);
});
