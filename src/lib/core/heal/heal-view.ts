import type { Named } from '../subject';
import type { TargetView } from './guards';
import type { HealTarget } from './heal';
import type { Names } from './suppression';

/** A target as a heal looks at it, from before its first step until it is over. */
export interface HealView extends TargetView {
  readonly names: Names;
  /** Nothing of it is down but what is left alone on purpose. */
  readonly isSpared: boolean;
  /** The domain of its entry. */
  readonly integration: string | null;
  readonly group: readonly Member[];
  /** The target as it is called now; undefined once it was removed or disabled. */
  current(): HealTarget | undefined;
  /** What is seen of the target besides its group. */
  isTargetUp(): boolean;
  /** Home Assistant's word on its entry, now; null without one. */
  entryState(): string | null;
}

/** An entity that is to be up when the target is healed. */
export interface Member {
  /** As it is called now. */
  readonly subject: Named;
  /** Neither removed nor disabled since. */
  isThere(): boolean;
  /** By what is seen now, confirmed or not. */
  isUp(): boolean;
}
