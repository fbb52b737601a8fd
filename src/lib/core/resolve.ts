/** A configured instance as far as choosing between instances needs to know it. */
export interface Candidate {
  readonly instance_id: string;
  /** Its title, which need not be its own. */
  readonly name: string;
}

/** How a message or request names an instance; each may be left out, neither may be empty. */
export interface Reference {
  readonly instance_id?: unknown;
  readonly instance_name?: unknown;
  /** What the field for the id is called where it was asked; default `msg.instance_id`. */
  readonly field?: string;
}

type RefusalCode = 'instance_required' | 'instance_ambiguous' | 'instance_not_found' | 'instance_not_ready';

/** The instance as it was said, to be told; undefined where none was. */
export function saidIn({ instance_id, instance_name }: Pick<Reference, 'instance_id' | 'instance_name'>): unknown {
  return instance_id ?? instance_name ?? undefined;
}

export interface Refusal {
  readonly code: RefusalCode;
  /** HTTP status. */
  readonly status: 400 | 404 | 409 | 503;
  /** What to do about it. */
  readonly message: string;
  /** The instance ids it may have meant, in the order they are configured. */
  readonly candidates: readonly string[];
}

export type Resolved<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** What only an entity can tell: which instances know it. */
export interface Knowledge<T> {
  /** Undefined while it has neither synced nor stored facts: then nobody can say that it alone knows the entity. */
  knows(candidate: T): boolean | undefined;
}

const ALL = 'all';

/**
 * The one instance a command is for. Never a fallback: what is not certain is refused, and nothing runs.
 * @param visible every configured instance that the caller may see, connected or not
 */
export function resolveCommand<T extends Candidate>(
  visible: readonly T[],
  reference: Reference,
  knowledge?: Knowledge<T>,
): Resolved<T> {
  const given = check(reference);
  if (!given.ok) return given;
  const { instance_id, instance_name } = given.value;
  if (instance_id === ALL)
    return refuse(
      visible,
      'instance_required',
      `instance_id: a command is for one instance. ${pick(visible, reference)}`,
    );
  if (instance_id !== undefined) return byId(visible, instance_id, instance_name);
  if (instance_name !== undefined) return byName(visible, instance_name, reference);
  return withoutTarget(visible, reference, knowledge);
}

/** The instances a read of many is for: one, or all that the caller may see. */
export function resolveMany<T extends Candidate>(visible: readonly T[], reference: Reference): Resolved<readonly T[]> {
  const given = check(reference);
  if (!given.ok) return given;
  const { instance_id, instance_name } = given.value;
  if (instance_id === ALL || (instance_id === undefined && instance_name === undefined))
    return { ok: true, value: visible };
  const one =
    instance_id === undefined
      ? byName(visible, instance_name as string, reference)
      : byId(visible, instance_id, instance_name);
  return one.ok ? { ok: true, value: [one.value] } : one;
}

/**
 * The instance that a read of one thing is for; null when nobody has it.
 * @param has whether an instance has the thing
 */
export function resolveOne<T extends Candidate>(
  visible: readonly T[],
  reference: Reference,
  has: (candidate: T) => boolean,
): Resolved<T | null> {
  const many = resolveMany(visible, reference);
  if (!many.ok) return many;
  const owners = many.value.filter(has);
  if (owners.length > 1)
    return refuse(owners, 'instance_ambiguous', `instance_id: several instances have it. ${pick(owners, reference)}`);
  return { ok: true, value: owners.at(0) ?? null };
}

interface Given {
  readonly instance_id?: string | undefined;
  readonly instance_name?: string | undefined;
}

/** An empty or wrongly typed field is a mistake in the flow, not an omission. */
function check({ instance_id, instance_name }: Reference): Resolved<Given> {
  for (const [field, value] of Object.entries({ instance_id, instance_name })) {
    if (value !== undefined && (typeof value !== 'string' || value === '')) {
      return refuse([], 'instance_required', `${field}: must be a text that is not empty, or be left out.`);
    }
  }
  return {
    ok: true,
    value: { instance_id: instance_id as Given['instance_id'], instance_name: instance_name as Given['instance_name'] },
  };
}

function byId<T extends Candidate>(visible: readonly T[], id: string, name: string | undefined): Resolved<T> {
  const found = visible.find((candidate) => candidate.instance_id === id);
  if (!found) return notFound(visible, id);
  if (name === undefined || name === found.name) return { ok: true, value: found };
  const meant = visible.filter((candidate) => candidate === found || candidate.name === name);
  return refuse(
    meant,
    'instance_ambiguous',
    `instance_id and instance_name disagree: '${id}' is not named '${name}'. Set only instance_id.`,
  );
}

function byName<T extends Candidate>(visible: readonly T[], name: string, reference: Reference): Resolved<T> {
  const named = visible.filter((candidate) => candidate.name === name);
  const [only] = named;
  if (!only) return notFound(visible, name);
  if (named.length === 1) return { ok: true, value: only };
  const message = `instance_name: several instances are named '${name}'. ${pick(named, reference)}`;
  return refuse(named, 'instance_ambiguous', message);
}

function withoutTarget<T extends Candidate>(
  visible: readonly T[],
  reference: Reference,
  knowledge: Knowledge<T> | undefined,
): Resolved<T> {
  const [only] = visible;
  if (!only) return refuse([], 'instance_not_found', 'No instance is configured. Add a caretaker-instance node.');
  if (visible.length === 1) return { ok: true, value: only };
  const said = visible.map((candidate) => ({ candidate, knows: knowledge?.knows(candidate) }));
  const knowing = said.filter(({ knows }) => knows === true);
  const sole = knowing.length === 1 ? knowing.at(0) : undefined;
  if (sole && said.every(({ knows }) => knows !== undefined)) return { ok: true, value: sole.candidate };
  if (knowing.length > 1) {
    const several = knowing.map(({ candidate }) => candidate);
    return refuse(several, 'instance_ambiguous', `instance_id: several instances have it. ${pick(several, reference)}`);
  }
  const message = `instance_id: several instances are configured. ${pick(visible, reference)}`;
  return refuse(visible, 'instance_required', message);
}

/** Byte for byte the same for an id that does not exist and one that the caller may not see. */
function notFound<T extends Candidate>(visible: readonly T[], wanted: string): Resolved<T> {
  const available = visible.map(({ instance_id }) => `'${instance_id}'`).join(', ');
  return refuse(visible, 'instance_not_found', `Instance '${wanted}' not found. Available instances: [${available}]`);
}

function pick(candidates: readonly Candidate[], { field = 'msg.instance_id' }: Reference): string {
  return `Set ${field} to one of: ${candidates.map(({ instance_id, name }) => `${name} (${instance_id})`).join(', ')}.`;
}

const STATUS = {
  instance_required: 400,
  instance_ambiguous: 409,
  instance_not_found: 404,
  instance_not_ready: 503,
} as const;

function refuse(candidates: readonly Candidate[], code: RefusalCode, message: string): { ok: false; refusal: Refusal } {
  const ids = candidates.map(({ instance_id }) => instance_id);
  return { ok: false, refusal: { code, status: STATUS[code], message, candidates: ids } };
}
