import { pick, type Random } from '../support/simulator/random';
import type { Endpoint, Schema } from './document';

/** A request somebody could send. */
export interface Request {
  readonly path: string;
  readonly body: string | undefined;
}

/** What nobody should send, and somebody will. */
const GARBAGE: readonly unknown[] = [
  '',
  ' ',
  'null',
  null,
  true,
  -1,
  0,
  1e308,
  0.1,
  9_007_199_254_740_991,
  [],
  {},
  [[]],
  [null],
  { a: { b: { c: [] } } },
  '../../etc/passwd',
  '..%2f..%2fetc',
  '%00',
  '\0',
  '\ud800',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '__proto__',
  'constructor',
  'ä€😀',
  'x'.repeat(300),
  'x'.repeat(3000),
  '2026-13-45T99:99:99Z',
  'NaN',
  'Infinity',
  '1e3',
  '${HOME}',
];

/** Makes requests of one operation from its own document: most of them nearly right. */
export class Garbler {
  readonly #random: Random;
  /** What there is: ids that mean something somewhere. */
  readonly #known: readonly string[];

  constructor(random: Random, known: readonly string[]) {
    this.#random = random;
    this.#known = known;
  }

  request({ path, parameters, body }: Endpoint): Request {
    const named = path.replace(/\{(\w+)\}/g, () => segment(this.#text()));
    const query = new URLSearchParams();
    for (const { name, schema, in: place } of parameters) {
      if (place !== 'query' || this.#isRare(0.6)) continue;
      for (const value of this.#several(this.#value(schema))) query.append(name, asText(value));
    }
    if (this.#isRare(0.05)) query.append(asText(pick(this.#random, GARBAGE)), asText(pick(this.#random, GARBAGE)));
    const text = query.size > 0 ? `${named}?${query}` : named;
    return { path: text, body: body && !this.#isRare(0.1) ? this.#bodyOf(body) : undefined };
  }

  #bodyOf(schema: Schema): string {
    if (this.#isRare(0.05))
      return pick(this.#random, ['{', '[]', '"x"', '1', 'null', '', '{"a":', '{"__proto__":{"x":1}}']);
    return JSON.stringify(this.#value(schema));
  }

  #several(value: unknown): unknown[] {
    if (Array.isArray(value)) return value;
    return this.#isRare(0.03) ? [value, pick(this.#random, GARBAGE)] : [value];
  }

  #value(schema: Schema): unknown {
    if (this.#isRare(0.15)) return pick(this.#random, GARBAGE);
    if (schema.enum) return pick(this.#random, schema.enum);
    const type = Array.isArray(schema.type) ? pick(this.#random, schema.type as string[]) : schema.type;
    switch (type) {
      case 'object':
        return this.#object(schema);
      case 'array':
        return Array.from({ length: Math.floor(this.#random() * 3) }, () => this.#value(schema.items ?? {}));
      case 'integer':
        return Math.floor(this.#random() * 200);
      case 'number':
        return this.#random() * 100;
      case 'boolean':
        return this.#random() < 0.5;
      default:
        return this.#text();
    }
  }

  #object({ properties = {} }: Schema): Record<string, unknown> {
    const given = Object.entries(properties).filter(() => this.#random() < 0.4);
    return Object.fromEntries(given.map(([name, schema]) => [name, this.#value(schema)]));
  }

  #text(): string {
    return this.#random() < 0.6 ? pick(this.#random, this.#known) : asText(pick(this.#random, GARBAGE));
  }

  #isRare(share: number): boolean {
    return this.#random() < share;
  }
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A segment is never empty: it would be another route. */
function segment(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, 'x') || 'x');
}
