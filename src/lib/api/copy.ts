/** Nobody reads what lies deeper; and it must not overflow the stack of whoever writes it out. */
const DEEPEST = 64;

/** Plain data as a copy of its own: what becomes of it does not come back to where it was kept. */
export function copyOf<T>(value: T, depth = 0): T {
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEEPEST) return null as T;
  if (Array.isArray(value)) return value.map((one: unknown) => copyOf(one, depth + 1)) as T;
  const copy = { ...value };
  for (const key in copy) {
    const one = copy[key];
    if (typeof one === 'object' && one !== null) copy[key] = copyOf(one, depth + 1);
  }
  return copy;
}
