/** Chooses subjects: named by any of the lists is chosen. A list holds ids or names; `entities` holds globs. */
export interface Selector {
  readonly entities?: readonly string[] | undefined;
  readonly domains?: readonly string[] | undefined;
  readonly areas?: readonly string[] | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly devices?: readonly string[] | undefined;
  readonly integrations?: readonly string[] | undefined;
}

/** What a selector can look at. Areas, labels and devices count by id and by name. */
export interface Traits {
  readonly entity_id?: string | undefined;
  readonly domain?: string | undefined;
  readonly areas: readonly string[];
  readonly labels: readonly string[];
  readonly devices: readonly string[];
  /** Integration domain, entry id and title. */
  readonly integrations: readonly string[];
}

export type Matcher = (traits: Traits) => boolean;

/** `exclude` wins over `include`; nothing included means everything. */
export function matcher(include: Selector, exclude: Selector): Matcher {
  const included = isEmpty(include) ? () => true : anyOf(include);
  if (isEmpty(exclude)) return included;
  const excluded = anyOf(exclude);
  return (traits) => included(traits) && !excluded(traits);
}

export function isEmpty(selector: Selector): boolean {
  return Object.values(selector).every((list) => !list || list.length === 0);
}

/** `*` is any run of characters, `?` one; the whole text must fit. Case does not count. */
export function glob(pattern: string): (text: string) => boolean {
  if (!/[*?]/.test(pattern)) {
    const exact = pattern.toLowerCase();
    return (text) => text.toLowerCase() === exact;
  }
  const wanted = pattern.toLowerCase();
  return (text) => fitsGlob(wanted, text.toLowerCase());
}

/** No regular expression: many stars would try every way to share a text among them. Only the last star gives way. */
function fitsGlob(pattern: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < text.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      resume = i;
    } else if (pattern[at] === '?' || pattern[at] === text[i]) {
      at += 1;
      i += 1;
    } else if (star >= 0) {
      at = star + 1;
      i = ++resume;
    } else return false;
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
}

function anyOf(selector: Selector): Matcher {
  const globs = (selector.entities ?? []).map(glob);
  const domains = folded(selector.domains);
  const areas = folded(selector.areas);
  const labels = folded(selector.labels);
  const devices = folded(selector.devices);
  const integrations = folded(selector.integrations);
  return (traits) =>
    (traits.domain !== undefined && domains.has(traits.domain)) ||
    (traits.entity_id !== undefined && globs.some((fits) => fits(traits.entity_id as string))) ||
    meets(areas, traits.areas) ||
    meets(labels, traits.labels) ||
    meets(devices, traits.devices) ||
    meets(integrations, traits.integrations);
}

function folded(list: readonly string[] | undefined): ReadonlySet<string> {
  return new Set((list ?? []).map((text) => text.toLowerCase()));
}

function meets(wanted: ReadonlySet<string>, present: readonly string[]): boolean {
  return wanted.size > 0 && present.some((text) => wanted.has(text.toLowerCase()));
}
