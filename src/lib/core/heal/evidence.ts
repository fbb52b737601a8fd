import type { Action, Attempt, Step } from './heal';

/** How often an action was taken for an integration, and how often it was what healed. */
export interface Rate {
  readonly integration: string;
  readonly action: Action;
  readonly tried: number;
  readonly healed: number;
}

/** Faults of an integration that went without anything being done. */
export interface Natural {
  readonly integration: string;
  readonly recovered: number;
}

export interface Ordered {
  readonly steps: readonly Step[];
  /** Why they do not stand as the ladder has them; null when they do. */
  readonly because: string | null;
}

/** Fewer cases than these say nothing. */
const ENOUGH = 5;
/** By so much an action has to be better than the one it goes before. */
const CLEARLY = 0.2;
/** Why an attempt ended with a step that was no trial of its action. */
const SAYS_NOTHING = ['interrupted', 'not_admin', 'instance_not_ready', 'no_target'];

/** What past heals teach, replayed from them alone. */
export class Evidence {
  readonly #counts = new Map<string, { integration: string; action: Action; tried: number; healed: number }>();
  readonly #natural = new Map<string, number>();

  /** An attempt ended. The step that healed is its last; what was tried before it did not help. */
  take({ integration, outcome, reason, steps: taken, by }: Attempt): void {
    if (integration === null || outcome === null) return;
    // It took a call that was answered for a heal, and never looked whether anything came back.
    if (by === 'ha_boss') return;
    // What was cut short, or never done, says nothing of what it would have come to.
    const steps = outcome === 'failed' && SAYS_NOTHING.includes(reason ?? '') ? taken.slice(0, -1) : taken;
    for (const [index, { action }] of steps.entries()) {
      const key = `${action} ${integration}`;
      const count = this.#counts.get(key) ?? { integration, action, tried: 0, healed: 0 };
      this.#counts.set(key, count);
      count.tried += 1;
      if (outcome === 'healed' && index === steps.length - 1) count.healed += 1;
    }
  }

  /** A fault of the integration went by itself. */
  takeNatural(integration: string): void {
    this.#natural.set(integration, (this.#natural.get(integration) ?? 0) + 1);
  }

  rates(): Rate[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  natural(): Natural[] {
    return [...this.#natural].map(([integration, recovered]) => ({ integration, recovered }));
  }

  /** Puts first what has healed clearly more often; the rest keeps its order. */
  order(integration: string | null, steps: readonly Step[]): Ordered {
    const [first] = steps;
    if (!first || integration === null) return { steps, because: null };
    const best = steps.reduce((better, step) => {
      return this.#tried(integration, step) >= ENOUGH && this.#mean(integration, step) > this.#mean(integration, better)
        ? step
        : better;
    }, first);
    if (best === first || this.#mean(integration, best) < this.#mean(integration, first) + CLEARLY) {
      return { steps, because: null };
    }
    const natural = this.#natural.get(integration) ?? 0;
    const alone = natural > 0 ? `; ${natural} of its faults went without a heal` : '';
    const because = `${this.#told(integration, best)}; ${this.#told(integration, first)}${alone}.`;
    return { steps: [best, ...steps.filter((step) => step !== best)], because };
  }

  #told(integration: string, step: Step): string {
    const { tried = 0, healed = 0 } = this.#countOf(integration, step) ?? {};
    if (tried === 0) return `${step.action} has not been tried there`;
    return `${step.action} has healed ${integration} ${healed} of ${tried} times`;
  }

  #tried(integration: string, step: Step): number {
    return this.#countOf(integration, step)?.tried ?? 0;
  }

  /** The mean of the Beta distribution that begins with one success and one failure: two cases are no certainty. */
  #mean(integration: string, step: Step): number {
    const { tried = 0, healed = 0 } = this.#countOf(integration, step) ?? {};
    return (healed + 1) / (tried + 2);
  }

  #countOf(integration: string, { action }: Step) {
    return this.#counts.get(`${action} ${integration}`);
  }
}
