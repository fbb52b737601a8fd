import { WATCHING_OPERATIONS } from '../../../../src/lib/api/watching';
import { eventually } from '../../../support/eventually';
import { type SimulatedHome, startSimulatedHome } from '../../../support/simulator/simulated-home';
import { Watched } from '../../instance/watched';
import { type Ask, asker } from '../asked';

/**
 * Four homes, in this order: `home` and `cabin` have the same entities, `away` was seen and is gone, `broken` was
 * configured wrongly.
 */
export class Estate {
  readonly watched = new Watched();
  readonly ask: Ask = asker(WATCHING_OPERATIONS, this.watched.roster);
  readonly #homes: readonly SimulatedHome[];

  private constructor(homes: readonly SimulatedHome[]) {
    this.#homes = homes;
  }

  static async open(fields: Record<string, unknown> = {}): Promise<Estate> {
    const homes = await Promise.all(['Home', 'Cabin', 'Away'].map((name) => startSimulatedHome({ name, seed: 7 })));
    const estate = new Estate(homes);
    const { watched } = estate;
    for (const [n, instance_id] of (['home', 'cabin', 'away'] as const).entries()) {
      const { url, tokens } = homes[n] as SimulatedHome;
      watched.add({ url, token: tokens.admin, instance_id, fields });
    }
    watched.add({ url: 'http://user:secret@nowhere', token: 't', instance_id: 'broken' });
    await Promise.all(['home', 'cabin', 'away'].map((id) => watched.live(id)));
    await homes[2]?.kill();
    await eventually(() => {
      const { live, reason } = watched.instance('away');
      if (live || reason?.code !== 'cannot_connect') throw new Error('away is still there');
    });
    return estate;
  }

  get home(): SimulatedHome {
    return this.#homes[0] as SimulatedHome;
  }

  get cabin(): SimulatedHome {
    return this.#homes[1] as SimulatedHome;
  }

  async close(): Promise<void> {
    await this.watched.dispose();
    await Promise.all(this.#homes.map((home) => home.stop()));
  }
}
