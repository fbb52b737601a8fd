import type { Kind, Named } from '../subject';
import { confidenceOf } from './confidence';
import type { CoverOptions, Fallen } from './fallen';
import type { Down, HomeView } from './home-view';
import {
  defaultIncidentOptions,
  type Incident,
  type IncidentChange,
  type IncidentOptions,
  keyOf,
  type SuggestedAction,
} from './incident';
import { OpenIncident } from './open-incident';
import { OpenIncidents } from './open-incidents';
import { type Atom, RiskGroups } from './risk-groups';
import { Round } from './round';
import { type Cause, cover, rootOf } from './set-cover';
import { suggestedAction } from './suggested-action';

/**
 * The incidents of one home. Knows neither clock nor store: it is shown what is down and told what time it is, and
 * answers what is new. An incident suppresses other incidents, never a transition and never a recovery.
 */
export class Incidents {
  readonly #options: IncidentOptions;
  readonly #open = new OpenIncidents();
  /** Since when it is seen that nothing explains an atom, epoch ms. */
  readonly #waiting = new Map<string, number>();
  #groups: RiskGroups | null = null;
  #revision = Number.NaN;
  #due = Number.NEGATIVE_INFINITY;

  /** @param stored incidents that were open when we last ran, as they were last told */
  constructor(options: Partial<IncidentOptions> = {}, stored: Iterable<Incident> = []) {
    this.#options = { ...defaultIncidentOptions, ...options };
    this.#open.resume(stored);
  }

  /** When `evaluate` next has something to do though nothing changes, epoch ms; Infinity when it has not. */
  get due(): number {
    return this.#due;
  }

  /** Whatever is open, as it was last told. */
  told(): Incident[] {
    return this.#open.all().flatMap(({ told }) => told ?? []);
  }

  /** How many are open and were told. */
  get count(): number {
    return this.#open.told;
  }

  /** The open incident that explains a subject. */
  incidentOf(subject: { readonly kind: Kind; readonly id: string }): string | undefined {
    const open = this.#open.owners.get(keyOf(subject));
    return open?.told ? open.id : undefined;
  }

  /** A renamed subject stays where it was. */
  rename(kind: Kind, from: string, to: string): void {
    this.#open.rename(kind, from, to);
  }

  /** Looks at the home afresh, after anything changed in it or `due` has come. */
  evaluate(now: number, view: HomeView): IncidentChange[] {
    const round = new Round(now, view, this.#groupsOf(view), this.#options);
    if (!view.reachable) this.#beDark(round);
    else {
      this.#beSeen(round);
      this.#release(round);
      this.#join(round);
      this.#wait(round);
      this.#explain(round);
      this.#split(round);
      this.#attachDevices(round);
      for (const open of this.#open.all()) this.#tell(open, round);
    }
    this.#due = round.due;
    return round.changes;
  }

  #groupsOf(view: HomeView): RiskGroups {
    if (this.#groups && this.#revision === view.revision) return this.#groups;
    const groups = new RiskGroups(view.members());
    this.#groups = groups;
    this.#revision = view.revision;
    this.#open.measure((root) => groups.of(root)?.atoms.length ?? 0);
    return groups;
  }

  /** Everything else stays as it was until the home can be seen again. */
  #beDark(round: Round): void {
    const { now, view } = round;
    this.#waiting.clear();
    const root: Named = { kind: 'instance', id: view.instance.id, name: view.instance.name };
    if (this.#open.owners.has(keyOf(root))) return;
    const since = view.reachableSince;
    const ripe = since + 1000 * this.#options.group_wait_seconds;
    if (now < ripe) {
      round.lookAgain(ripe);
      return;
    }
    const open = new OpenIncident(root, 1, since, now);
    this.#open.add(open);
    this.#open.take(open, { subject: { ...root }, status: 'unavailable', state: '', since }, now);
    this.#say('opened', open, round);
  }

  #beSeen(round: Round): void {
    for (const open of this.#open.all()) {
      if (open.root.kind !== 'instance') continue;
      this.#open.release(open, keyOf(open.root), 'back', round.now);
      this.#close(open, round, null);
    }
  }

  /** Recovery is always told, whoever is in maintenance. */
  #release(round: Round): void {
    for (const open of this.#open.all()) {
      for (const key of [...open.explained.keys()]) {
        const down = round.down.get(key);
        if (down) open.refresh(key, down);
        else this.#open.release(open, key, round.has(key) ? 'back' : 'removed', round.now);
      }
    }
    round.own(this.#open.owners);
  }

  /** What falls while its cause is in effect starts nothing of its own. */
  #join(round: Round): void {
    const byRoot = this.#open.byRoot();
    if (byRoot.size === 0) return;
    const joined: [OpenIncident, Fallen][] = [];
    for (const fallen of round.free()) {
      const open = round.effects.causeOf(fallen, byRoot);
      if (open) joined.push([open, fallen]);
    }
    for (const [open, { atom }] of joined) this.#take(open, atom, round);
    if (joined.length > 0) round.own(this.#open.owners);
  }

  #wait(round: Round): void {
    const free = new Set<string>();
    for (const { atom } of round.free()) {
      free.add(atom.key);
      // The clock may have been set back since.
      const since = this.#waiting.get(atom.key) ?? round.now;
      this.#waiting.set(atom.key, Math.min(since, round.now));
    }
    for (const key of [...this.#waiting.keys()]) if (!free.has(key)) this.#waiting.delete(key);
  }

  #explain(round: Round): void {
    if (this.#waiting.size === 0) return;
    const byRoot = this.#open.byRoot();
    for (const cause of cover(round.fallen, this.#coverOptions)) {
      const ripe = this.#ripeAt(cause);
      if (ripe <= round.now) this.#apply(cause, round, byRoot);
      else round.lookAgain(ripe);
    }
    round.own(this.#open.owners);
  }

  get #coverOptions(): CoverOptions {
    const { window_seconds, trickle_seconds, effect_seconds, hit_ratio } = this.#options;
    return {
      window: 1000 * window_seconds,
      trickle: 1000 * trickle_seconds,
      effect: 1000 * effect_seconds,
      hitRatio: hit_ratio,
    };
  }

  /** Fifty facts become one incident: the first of them waits for the last. */
  #ripeAt({ explained, certain, early }: Cause): number {
    const { group_wait_seconds, window_seconds } = this.#options;
    let first = Number.POSITIVE_INFINITY;
    for (const { atom } of explained) first = Math.min(first, this.#waiting.get(atom.key) ?? first);
    if (certain) return first + 1000 * group_wait_seconds;
    return first + 1000 * Math.max(group_wait_seconds, early ? 2 * window_seconds : window_seconds);
  }

  /** Opens an incident, or gives the cause the oldest of those it explains, which keeps its name. */
  #apply(cause: Cause, round: Round, byRoot: Map<string, OpenIncident>, from: OpenIncident | null = null): void {
    const root = rootOf(cause);
    const atoms = cause.explained.map(({ atom }) => atom);
    const target = byRoot.get(keyOf(root)) ?? this.#open.within(atoms)[0] ?? this.#begin(cause, round.now, from);
    byRoot.delete(keyOf(target.root));
    byRoot.set(keyOf(root), target);
    lead(target, cause);
    const losers = new Set<OpenIncident>();
    for (const atom of atoms) {
      const loser = this.#open.owners.get(atom.key);
      if (loser && loser !== target) losers.add(loser);
      this.#take(target, atom, round);
    }
    for (const loser of losers) if (loser.size === 0) this.#merge(loser, target, round, byRoot);
  }

  #begin(cause: Cause, now: number, from: OpenIncident | null): OpenIncident {
    let since = Number.POSITIVE_INFINITY;
    for (const fallen of cause.explained) since = Math.min(since, fallen.since);
    const open = new OpenIncident(rootOf(cause), 0, since, now, from ? { split: from.id } : {});
    this.#open.add(open);
    return open;
  }

  #take(open: OpenIncident, atom: Atom, round: Round): void {
    this.#open.take(open, round.down.get(atom.key) as Down, round.now);
    this.#waiting.delete(atom.key);
  }

  #merge(loser: OpenIncident, target: OpenIncident, round: Round, byRoot: Map<string, OpenIncident>): void {
    if (byRoot.get(keyOf(loser.root)) === loser) byRoot.delete(keyOf(loser.root));
    for (const [key, one] of loser.recovered) if (!target.explained.has(key)) target.recovered.set(key, one);
    this.#close(loser, round, target.id);
  }

  /** Most of it is back for long: what is left has another cause, or several. */
  #split(round: Round): void {
    for (const open of this.#open.all()) {
      const group = round.groups.of(open.root);
      if (!group || !open.isRest || round.effects.proven(group)) continue;
      const at = open.changedAt + 1000 * this.#options.split_after_seconds;
      if (round.now < at) round.lookAgain(at);
      else this.#lookAfresh(open, round);
    }
  }

  #lookAfresh(open: OpenIncident, round: Round): void {
    const rest = new Map<Atom, Fallen>();
    for (const [atom, fallen] of round.fallen)
      rest.set(atom, { ...fallen, owner: null, blocked: fallen.owner !== open });
    const causes = cover(rest, this.#coverOptions).sort((one, other) => other.explained.length - one.explained.length);
    open.settled = true;
    const [first, ...others] = causes;
    if (!first || keyOf(rootOf(first)) === keyOf(open.root)) return;
    const byRoot = this.#open.byRoot();
    if (byRoot.has(keyOf(rootOf(first)))) this.#apply(first, round, byRoot, open);
    else lead(open, first);
    for (const cause of others) this.#apply(cause, round, byRoot, open);
    round.own(this.#open.owners);
  }

  /** A device goes with the entity that was the last of it to go down. */
  #attachDevices(round: Round): void {
    for (const [key, down] of round.down) {
      const last = down.subject.kind === 'device' ? round.lastOf(key) : undefined;
      const open = last && this.#open.owners.get(last.atom.key);
      if (open && this.#open.owners.get(key) !== open) this.#open.take(open, down, round.now);
    }
  }

  #tell(open: OpenIncident, round: Round): void {
    const { told } = open;
    if (open.size === 0) this.#close(open, round, null);
    else if (!told) this.#say('opened', open, round);
    else {
      const news = open.newsWith(actionFor(open, round));
      if (news === 'none') return;
      const at = told.updated_at + 1000 * this.#options.update_interval_seconds;
      if (news === 'some' && round.now < at) round.lookAgain(at);
      else this.#say('updated', open, round);
    }
  }

  #say(event: 'opened' | 'updated', open: OpenIncident, round: Round): void {
    const isWide = open.reach > 0 && round.groups.of(open.root)?.kind !== 'device';
    const unexplained = isWide ? round.besides(open, this.#open.owners) : [];
    round.changes.push({ event, incident: open.tell(round.now, unexplained, actionFor(open, round)) });
  }

  #close(open: OpenIncident, round: Round, mergedInto: string | null): void {
    this.#open.delete(open);
    if (open.told) round.changes.push({ event: 'resolved', incident: open.resolve(round.now, mergedInto) });
  }
}

function lead(open: OpenIncident, cause: Cause): void {
  open.root = rootOf(cause);
  open.confidence = Math.round(100 * confidenceOf(cause)) / 100;
  open.reach = cause.group?.atoms.length ?? 0;
}

function actionFor({ root }: OpenIncident, round: Round): SuggestedAction {
  const group = round.groups.of(root) ?? null;
  const entries =
    root.kind === 'integration' ? (group?.parts ?? []) : root.kind === 'config_entry' && group ? [group] : [];
  const entryStates = new Map<string, string>();
  for (const entry of entries) {
    const down = round.down.get(entry.key);
    if (down) entryStates.set(entry.root.id, down.state);
  }
  const status = round.down.get(keyOf(root))?.status ?? null;
  return suggestedAction({ root, group, status, entryStates, reauth: round.view.reauth });
}
