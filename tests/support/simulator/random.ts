/** A number in [0, 1). */
export type Random = () => number;

/** Mulberry32: small, fast and the same on every machine, which is all a test needs. */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<T>(random: Random, list: readonly T[]): T {
  const item = list[Math.floor(random() * list.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** ULID-like, as Home Assistant's ids are now. */
export function ulid(random: Random): string {
  let text = '01';
  for (let i = 0; i < 24; i++) text += CROCKFORD[Math.floor(random() * 32)];
  return text;
}

/** 32 hex digits, as older ids are. */
export function hex(random: Random): string {
  let text = '';
  for (let i = 0; i < 32; i++) text += Math.floor(random() * 16).toString(16);
  return text;
}
