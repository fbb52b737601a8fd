import { describe } from 'mocha';
import type { Home } from '../support/home';
import { actionsContract } from './actions';
import { connectionContract } from './connection';
import { entriesContract } from './entries';
import { historyContract } from './history';
import { labModesContract } from './lab-modes';
import { questionsContract } from './questions';
import { registriesContract } from './registries';
import { restContract } from './rest-calls';
import { restartContract } from './restart';
import { rightsContract } from './rights';
import { statesContract } from './states';

/** What we use of Home Assistant, asked of any home: the simulated one must answer as the real one does. */
export function contract(name: string, open: () => Promise<Home>): void {
  describe(`contract: ${name}`, function () {
    this.timeout(120_000);
    let opened: Home | undefined;
    before(async function () {
      // The first real one is installed here.
      this.timeout(900_000);
      opened = await open();
    });
    after(async () => {
      await opened?.stop();
    });
    const home = (): Home => {
      if (!opened) throw new Error('no home');
      return opened;
    };
    connectionContract(home);
    statesContract(home);
    registriesContract(home);
    entriesContract(home);
    rightsContract(home);
    restContract(home);
    actionsContract(home);
    questionsContract(home);
    historyContract(home);
    labModesContract(home);
    restartContract(home);
  });
}
