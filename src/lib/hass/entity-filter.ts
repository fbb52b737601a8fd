import { isEmpty, type Selector } from '../core/selector';

interface Watched {
  readonly include: Selector;
  readonly exclude: Selector;
}

/**
 * What Home Assistant itself can leave out (2026.11 and newer), the narrowest first; the last one is no filter.
 * Only lists of entities and domains are its to judge: areas, labels, devices and integrations are ours.
 */
export function entityFilters({ include, exclude }: Watched): Record<string, unknown>[] {
  const filters: Record<string, unknown>[] = [];
  const excluded = entityLists(exclude);
  // With both, its rules of precedence differ from ours: then it only leaves out what we exclude.
  if (excluded) filters.push({ exclude: excluded });
  else if (isEmpty(exclude) && isByEntity(include)) filters.push({ include: entityLists(include) });
  filters.push({});
  return filters;
}

function isByEntity(selector: Selector): boolean {
  const { entities, domains, ...others } = selector;
  return !isEmpty({ entities, domains }) && isEmpty(others) && (entities ?? []).every(meansTheSame);
}

/** Brackets are a class of characters to Home Assistant, and brackets to us. */
function meansTheSame(pattern: string): boolean {
  return !/[[\]]/.test(pattern);
}

/** Case counts there, and all its ids are lower case. */
function entityLists(selector: Selector): Record<string, readonly string[]> | undefined {
  const domains = (selector.domains ?? []).map((domain) => domain.toLowerCase());
  const entities = (selector.entities ?? []).filter(meansTheSame).map((pattern) => pattern.toLowerCase());
  const isGlob = (pattern: string) => /[*?]/.test(pattern);
  const lists = {
    domains,
    entities: entities.filter((pattern) => !isGlob(pattern)),
    entity_globs: entities.filter(isGlob),
  };
  return isEmpty({ entities, domains }) ? undefined : lists;
}
