import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A place where a secret stands that should not. */
export interface Leak {
  readonly secret: string;
  readonly spelling: string;
  readonly place: string;
  /** What stands around it. */
  readonly excerpt: string;
}

const AROUND = 60;

/** Everything a program let out, by the place it came out at. */
export class Outlet {
  readonly #pieces: { readonly place: string; readonly bytes: Buffer }[] = [];

  add(place: string, out: string | Buffer): void {
    this.#pieces.push({ place, bytes: Buffer.from(out) });
  }

  /** Every file below, as it is and, where it is packed, unpacked. @param except names that are the test's own */
  addFolder(folder: string, except: readonly string[] = []): void {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || except.includes(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      const bytes = readFileSync(path);
      const place = `file ${relative(folder, path)}`;
      this.add(place, bytes);
      if (entry.name.endsWith('.gz')) this.add(`${place} unpacked`, unpacked(bytes));
      this.add(`${place} name`, path);
    }
  }

  /** In the order of the places. */
  leaks(secrets: Readonly<Record<string, string>>): Leak[] {
    const wanted = Object.entries(secrets).flatMap(([secret, text]) => {
      const spelled = new Map(Object.entries(spellingsOf(text)).map(([spelling, one]) => [one, spelling]));
      return [...spelled].map(([spelled, spelling]) => ({ secret, spelling, spelled }));
    });
    return this.#pieces.flatMap(({ place, bytes }) =>
      wanted.flatMap(({ secret, spelling, spelled }) => {
        const at = bytes.indexOf(spelled);
        if (at < 0) return [];
        const excerpt = bytes.subarray(Math.max(at - AROUND, 0), at + spelled.length + AROUND).toString('utf8');
        return [{ secret, spelling, place, excerpt }];
      }),
    );
  }

  /** Where at least one spelling of a text stands. */
  placesOf(text: string): string[] {
    return [...new Set(this.leaks({ text }).map(({ place }) => place))];
  }

  get bytes(): number {
    return this.#pieces.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}

/** Nothing, where it only calls itself packed. */
function unpacked(bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes);
  } catch {
    return Buffer.alloc(0);
  }
}

/** What the same secret may look like once it went through somebody's hands. */
export function spellingsOf(secret: string): Record<string, string> {
  assert.ok(secret.length >= 12, `${secret} is too short to be told from chance`);
  const inside = JSON.stringify(secret).slice(1, -1);
  const spelled: Record<string, string> = {
    raw: secret,
    url: encodeURIComponent(secret),
    form: new URLSearchParams({ '': secret }).toString().slice(1),
    path: encodeURI(secret),
    json: inside,
    'json twice': JSON.stringify(inside).slice(1, -1),
    html: secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;'),
    hex: Buffer.from(secret).toString('hex'),
    latin1: Buffer.from(secret, 'utf8').toString('latin1'),
  };
  // Where it begins in a longer text decides how it looks in base64; what mixes with the neighbours is left out.
  for (const shift of [0, 1, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(secret)]);
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
    spelled[`base64 ${shift}`] = whole.slice(shift === 0 ? 0 : 4);
    spelled[`base64url ${shift}`] = (spelled[`base64 ${shift}`] as string).replaceAll('+', '-').replaceAll('/', '_');
  }
  return spelled;
}
