import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { jsonPieces } from './json';

/** As `http response` sends it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** What is to be answered, before it is written. */
export interface Content {
  readonly status: number;
  readonly body: unknown;
  /** Media type of a body that is a text; default JSON. */
  readonly type?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** As much of a request as decides how it is answered. */
export interface Wanted {
  readonly method: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

const JSON_TYPE = 'application/json; charset=utf-8';
/** Less is not worth packing, bytes. */
const WORTH_PACKING = 1024;
/** Of a text that is written as it is, characters. */
const PIECE = 65_536;
/** How long writing may hold the loop in one go, ms. */
const SLICE_MS = 1;
const pack = promisify(gzip);

/** Writes an answer: in slices, packed where that is wanted, or only that nothing has changed. */
export async function write(content: Content, { method, headers: wanted }: Wanted): Promise<Answer> {
  const { status, type = JSON_TYPE } = content;
  const reads = method === 'GET' || method === 'HEAD';
  const { bytes, tag } = await bytesOf(content);
  const headers = {
    'Content-Type': type,
    // Kept by nobody but whoever asked, who asks again whether it is still so.
    'Cache-Control': reads && status === 200 ? 'private, no-cache' : 'no-store',
    Vary: 'Accept-Encoding, X-API-Key',
    'X-Content-Type-Options': 'nosniff',
    ...(reads && status === 200 && { ETag: tag }),
    ...content.headers,
  };
  if (headers.ETag && isKnown(wanted['if-none-match'], tag)) return { status: 304, headers, body: Buffer.alloc(0) };
  if (bytes.length <= WORTH_PACKING || !takesGzip(wanted['accept-encoding'])) return { status, headers, body: bytes };
  return { status, headers: { ...headers, 'Content-Encoding': 'gzip' }, body: await pack(bytes) };
}

async function bytesOf({ body, type }: Content): Promise<{ bytes: Buffer; tag: string }> {
  const hash = createHash('sha256');
  const slices: Buffer[] = [];
  const pieces = type === undefined ? jsonPieces(body) : textPieces(String(body));
  let text = '';
  const cut = () => {
    const slice = Buffer.from(text);
    hash.update(slice);
    slices.push(slice);
    text = '';
  };
  let began = performance.now();
  for (const piece of pieces) {
    text += piece;
    if (performance.now() - began < SLICE_MS) continue;
    cut();
    await nextTurn();
    began = performance.now();
  }
  cut();
  // Weak: it is the same whether it is packed or not.
  return { bytes: Buffer.concat(slices), tag: `W/"${hash.digest('base64url').slice(0, 27)}"` };
}

/** Never between the two halves of one character. */
function* textPieces(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(at + PIECE - 1));
    const end = at + PIECE + (isSplit ? 1 : 0);
    yield text.slice(at, end);
    at = end;
  }
}

/** Whether one of the tags of `If-None-Match` is this, or it is `*`. */
function isKnown(header: unknown, tag: string): boolean {
  if (typeof header !== 'string') return false;
  const opaque = (one: string) => one.trim().replace(/^W\//, '');
  return header.split(',').some((one) => one.trim() === '*' || opaque(one) === opaque(tag));
}

/** `gzip;q=0` says no, and so does a header that is not there. */
function takesGzip(header: unknown): boolean {
  if (typeof header !== 'string') return false;
  const codings = new Map(
    header
      .toLowerCase()
      .split(',')
      .map((one) => {
        const [name = '', ...params] = one.split(';').map((part) => part.trim());
        const quality = params.find((param) => param.startsWith('q='))?.slice(2);
        return [name, quality === undefined ? 1 : Number(quality)] as const;
      }),
  );
  return (codings.get('gzip') ?? codings.get('*') ?? 0) > 0;
}
