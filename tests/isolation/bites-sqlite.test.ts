import { bitesSuite } from './bites';
import { LEAKS, SQLITE_LEAKS } from './leaks';

describe('the two-home suite, with a leak planted, on SQLite', () => bitesSuite('sqlite', [...LEAKS, ...SQLITE_LEAKS]));
