import type { AllowedHeal, HomeView, RefusedHeal } from '../core/heal/guards';
import type { AskedBy, Attempt, HealGoal, Level, RefusalReason, Step } from '../core/heal/heal';
import type { HealView } from '../core/heal/heal-view';
import type { Connection } from '../hass/connection';
import type { Target } from '../hass/target';
import type { HomeInfo } from './session';

/** The home that is healed, as its healer needs it. */
export interface HealedHome {
  readonly target: Target;
  /** Connected and running: what is seen counts. */
  readonly live: boolean;
  readonly info: HomeInfo | null;
  /** As it said last. */
  readonly timeZone: string;
  readonly connection: Connection | null;
  /** How its integration learns of changes. Never rejects. */
  learn(target: HealGoal): Promise<void>;
  /** Learns which entries wait for a person. Never rejects. */
  askReauth(): Promise<void>;
  view(target: HealGoal): HealView | undefined;
  /** What is to be done. */
  route(view: HealView, ask: HealAsk, allowed: AllowedHeal): Route;
  /** Judged entities, those down, and how many of these the widest open incident explains. */
  toll(): Pick<HomeView, 'judged' | 'down' | 'explained'>;
  /** The open incident that explains it. */
  incidentOf(target: HealGoal): string | null;
  /** Until `unmask`, that the entry and what belongs to it falls is our own doing. */
  mask(entryId: string): void;
  unmask(entryId: string): void;
  save(attempt: Attempt): void;
  trouble(what: string): void;
}

export interface Route {
  /** In order. */
  readonly steps: readonly Step[];
  /** The plan they come from; null for the ladder everybody has. */
  readonly plan: string | null;
  /** Why they stand in this order, if past heals said so. */
  readonly because: string | null;
}

export interface HealAsk {
  readonly target: HealGoal;
  readonly levels: readonly Level[];
  readonly dry_run: boolean;
  readonly by: AskedBy;
  /** The incident it is for; null is the one that explains the target. */
  readonly incident_id: string | null;
  /** Names of the plans that may be used; null is any. */
  readonly plans: readonly string[] | null;
  /** Why, in the words of who asks. */
  readonly trigger_reason?: string | null | undefined;
  /** Told once the heal is certain to be tried. */
  readonly began?: ((attempt: Attempt) => void) | undefined;
  /** Told with each step, for the status of a node. */
  readonly progress?: ((step: Step) => void) | undefined;
}

export type HealResult =
  | { readonly outcome: 'healed' | 'failed'; readonly attempt: Attempt }
  | ({
      readonly outcome: 'refused';
      /** What was asked for, also where the home has nothing of that kind. */
      readonly target: { readonly kind: string; readonly id: string; readonly name?: string };
      readonly reason: RefusalReason;
      /** What lies behind the reason, for people, where more is known than it says. */
      readonly why?: string;
      readonly incident_id: string | null;
      /** What would have been done, of a dry run; else null. */
      readonly route: Route | null;
    } & Pick<RefusedHeal, 'until'>);
