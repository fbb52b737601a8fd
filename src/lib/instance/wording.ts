import type { RefusalReason } from '../core/heal/heal';

/** What a home's own users read, in the language of their Home Assistant. */
export interface Wording {
  title(name: string): string;
  /** Why nothing more is tried, and what to do. */
  why(name: string, reason: RefusalReason): string;
  explained(names: readonly string[]): string;
  over(name: string, seconds: number): string;
  merged(name: string): string;
  removed(name: string): string;
  digest(count: number, names: readonly string[]): string;
  digestOver: string;
}

const MOST_NAMED = 10;

type Reasons = Readonly<Partial<Record<RefusalReason, string>>>;

const WHY_ENGLISH: Reasons = {
  attempts_exhausted: 'it was tried as often as allowed and is still down.',
  budget_exhausted: 'this home has had all its reloads for this hour. Look into what keeps failing.',
  circuit_open: 'too many tries in a row have failed. It is left alone for a while; look into the cause.',
  no_target: 'nothing can be done to it from here. Check its power and its network.',
  not_admin: 'the access token is not an administrator’s, and only they may heal. Enter another one.',
  not_recoverable: 'no reload can mend it. Sign in again, or restart Home Assistant.',
  storm: 'too much is down at once for one integration to be the cause. Check network and power.',
};

const WHY_GERMAN: Reasons = {
  attempts_exhausted: 'es wurde so oft versucht wie erlaubt und ist weiterhin ausgefallen.',
  budget_exhausted:
    'in dieser Stunde wurde in diesem Haus schon so oft neu geladen wie erlaubt. Bitte nachsehen, was immer wieder ausfällt.',
  circuit_open:
    'zu viele Versuche hintereinander sind gescheitert. Vorerst wird nichts mehr versucht; bitte die Ursache suchen.',
  no_target: 'von hier aus lässt sich nichts tun. Bitte Strom und Netz prüfen.',
  not_admin:
    'der Zugangstoken gehört keinem Administrator, und nur die dürfen reparieren. Bitte einen anderen eintragen.',
  not_recoverable: 'neu laden hilft hier nicht. Bitte neu anmelden oder Home Assistant neu starten.',
  storm: 'zu viel ist auf einmal ausgefallen, als dass es an einer Integration läge. Bitte Netz und Strom prüfen.',
};

const english: Wording = {
  title: (name) => `${name} needs you`,
  why: (name, reason) => `${name}: ${WHY_ENGLISH[reason] ?? reason}`,
  explained: (names) => `Down because of it: ${listed(names, 'more')}`,
  over: (name, seconds) => `${name} is well again after ${minutes(seconds)} min.`,
  merged: (name) => `${name} is part of a greater fault now.`,
  removed: (name) => `${name} is not part of this home any more.`,
  digest: (count, names) =>
    `${count === 1 ? 'One more incident' : `${count} more incidents`} could not be healed: ${listed(names, 'more')}`,
  digestOver: 'All that could not be healed at once is over.',
};

const german: Wording = {
  title: (name) => `${name} braucht Hilfe`,
  why: (name, reason) => `${name}: ${WHY_GERMAN[reason] ?? reason}`,
  explained: (names) => `Deshalb ausgefallen: ${listed(names, 'weitere')}`,
  over: (name, seconds) => `${name} läuft nach ${minutes(seconds)} min wieder.`,
  merged: (name) => `${name} gehört jetzt zu einer größeren Störung.`,
  removed: (name) => `${name} gehört nicht mehr zu diesem Haus.`,
  digest: (count, names) =>
    `${count === 1 ? 'Eine weitere Störung ließ' : `${count} weitere Störungen ließen`} sich nicht beheben: ${listed(names, 'weitere')}`,
  digestOver: 'Alles, was sich auf einmal nicht beheben ließ, ist vorbei.',
};

/** @param language as Home Assistant has it, e.g. `de` or `de-CH` */
export function wordingFor(language: string): Wording {
  return language.toLowerCase().startsWith('de') ? german : english;
}

function listed(names: readonly string[], more: string): string {
  const shown = names.slice(0, MOST_NAMED).join(', ');
  return names.length > MOST_NAMED ? `${shown}, ${names.length - MOST_NAMED} ${more}` : shown;
}

function minutes(seconds: number): number {
  return Math.max(1, Math.round(seconds / 60));
}
