/** What a home's own users read, in the language of their Home Assistant. */
export interface Wording {
  title(name: string): string;
  explained(names: readonly string[]): string;
  over(name: string, seconds: number): string;
  digest(count: number): string;
}

const MOST_NAMED = 10;

const english: Wording = {
  title: (name) => `${name} needs you`,
  explained: (names) => `Down because of it: ${listed(names, 'more')}`,
  over: (name, seconds) => `${name} is well again after ${minutes(seconds)} min.`,
  digest: (count) => `${count} more incidents could not be healed. Look at the page of this home.`,
};

const german: Wording = {
  title: (name) => `${name} braucht Hilfe`,
  explained: (names) => `Deshalb ausgefallen: ${listed(names, 'weitere')}`,
  over: (name, seconds) => `${name} läuft nach ${minutes(seconds)} min wieder.`,
  digest: (count) => `${count} weitere Störungen ließen sich nicht beheben. Sieh auf der Seite dieses Hauses nach.`,
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
