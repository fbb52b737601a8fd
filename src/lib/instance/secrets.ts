/** What stands where a secret was. */
const BLANK = '***';
/** A shorter one would blank half of every text; by construction it stands nowhere anyway. */
const SHORTEST = 4;

/** Takes the secrets out of any text, in whatever spelling they got there. */
export function blanking(secrets: readonly (string | undefined)[]): (text: string) => string {
  const spelled = new Set(secrets.flatMap(spellings));
  // One may be a part of another: the longer first.
  const all = [...spelled].filter((one) => one.length >= SHORTEST).sort((a, b) => b.length - a.length);
  return (text) => all.reduce((clean, secret) => clean.replaceAll(secret, BLANK), text);
}

/** The same, each text in it clean. */
export function cleaned<T>(value: T, clean: (text: string) => string): T {
  return each(value, clean) as T;
}

function each(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((one) => each(one, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, each(one, clean)]));
}

/** All that must not be told of the URL of a store: the password wherever it stands in it, and the URL itself. */
export function secretsOfUrl(url: string): string[] {
  const written = /^[a-z]+:\/\/[^/?#@:]*:([^/?#]*)@/i.exec(url)?.[1];
  const secrets = [url, written, written && turned(decodeURIComponent, written)];
  if (URL.canParse(url)) {
    const { searchParams } = new URL(url);
    for (const [name, value] of searchParams) if (/pass|secret|token/i.test(name)) secrets.push(value);
  }
  return secrets.filter((one) => one !== undefined && one !== '') as string[];
}

function spellings(secret: string | undefined): string[] {
  if (secret === undefined || secret === '') return [];
  const bytes = Buffer.from(secret);
  return [
    secret,
    turned(encodeURIComponent, secret),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
  ];
}

/** Neither half of a surrogate pair nor a lone percent sign can be turned. */
function turned(turn: (text: string) => string, text: string): string {
  try {
    return turn(text);
  } catch {
    return text;
  }
}
