import { type AutoHealOutputs, type AutoHealTimes, defaultAutoHealTimes, IncidentCases } from './incident-cases';
import type { Instance } from './instance';
import type { HealNodeOptions } from './parse';
import type { Roster } from './roster';

/** Heals the incidents of its instances by itself, and says what it could not heal. Homes are healed side by side. */
export class AutoHeal {
  readonly #options: HealNodeOptions;
  readonly #roster: Roster;
  readonly #outputs: AutoHealOutputs;
  readonly #times: AutoHealTimes;
  /** By the id of the config node. */
  readonly #watches = new Map<string, { readonly instance: Instance; stop(): void }>();
  readonly #leaveRoster: () => void;

  /** @param times shorter ones make tests fast */
  constructor(options: HealNodeOptions, roster: Roster, outputs: AutoHealOutputs, times: Partial<AutoHealTimes> = {}) {
    this.#options = options;
    this.#roster = roster;
    this.#outputs = outputs;
    this.#times = { ...defaultAutoHealTimes, ...times };
    this.#leaveRoster = roster.onChange(() => this.#follow());
    this.#follow();
  }

  stop(): void {
    this.#leaveRoster();
    for (const watch of this.#watches.values()) watch.stop();
    this.#watches.clear();
  }

  #follow(): void {
    const members = new Map(this.#roster.chosen(this.#options.instances).map((member) => [member.id, member]));
    for (const [id, watch] of this.#watches) {
      if (members.get(id)?.instance === watch.instance) continue;
      watch.stop();
      this.#watches.delete(id);
    }
    for (const [id, { instance }] of members) {
      if (instance && !this.#watches.has(id)) this.#watches.set(id, this.#watch(instance));
    }
  }

  #watch(instance: Instance) {
    const cases = new IncidentCases(instance, this.#options, this.#outputs, this.#times);
    const leave = instance.incidents.onChange((change) => cases.changed(change));
    return {
      instance,
      stop: () => {
        leave();
        cases.stop();
      },
    };
  }
}
