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
  const source = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  const expression = new RegExp(`^${source}$`, 's');
  return (text) => expression.test(text.toLowerCase());
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
