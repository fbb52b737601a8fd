import { isolationSuite } from './suite';

describe('what is done to one home never shows in another, on SQLite', () => isolationSuite('sqlite'));
