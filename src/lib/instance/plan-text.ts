import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type YAMLMap,
} from 'yaml';
import { nameOf, offsetOf, startOf } from './plan-offset';

/** Some of what a file says, as it stands there. */
export interface PlanDocument {
  readonly value: unknown;
  /** Of what stands there, or of its key; of the nearest that does, if nothing does. */
  place(at: readonly string[], key: boolean): Place;
}

export interface Place {
  readonly line: number;
  readonly column: number;
}

interface TextFault extends Place {
  readonly message: string;
}

/** Far more than a hundred plans need, and so little that nothing in it takes long, bytes. */
export const MOST_BYTES = 64 * 1024;
const MOST_DOCUMENTS = 100;
/** A plan needs six; the parser calls itself for each. */
const MOST_DEPTH = 16;
/** With what aliases repeat. */
const MOST_NODES = 10_000;
const MOST_ITEMS = 1_000;
/** Each is looked for from the top. */
const MOST_ALIASES = 100;

/** What a file says, and what of it cannot be read; then nothing of it counts. */
export interface PlanText {
  readonly documents: readonly PlanDocument[];
  readonly faults: readonly TextFault[];
}

/** The documents of a YAML 1.2 file, with its own types only: nothing in it is merged, converted or built. */
export function readText(bytes: Uint8Array): PlanText {
  const text = decoded(bytes);
  if (typeof text !== 'string') return { documents: [], faults: [text] };
  const lines = new LineCounter();
  const { tokens, tooDeep } = tokensOf(text, lines);
  if (tooDeep) return { documents: [], faults: [tooDeep] };
  const documents: PlanDocument[] = [];
  const faults: TextFault[] = [];
  let read = 0;
  for (const document of composer().compose(tokens, true, text.length)) {
    const tooMany = read++ >= MOST_DOCUMENTS;
    const many = { at: document.range[0], message: `has more than ${MOST_DOCUMENTS} documents` };
    const wrong = tooMany ? [many] : faultsOf(document);
    for (const { at, message } of wrong) faults.push({ ...placeOf(lines, at), message });
    if (tooMany) break;
    if (wrong.length === 0 && !isNothing(document.contents)) documents.push(documentOf(document, lines));
  }
  return { documents, faults };
}

function composer(): Composer {
  return new Composer({
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    // It compares each key with each; ours does not.
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
}

function decoded(bytes: Uint8Array): string | TextFault {
  if (bytes.length > MOST_BYTES) return { line: 1, column: 1, message: `is longer than ${MOST_BYTES} bytes` };
  const text = new TextDecoder().decode(bytes);
  // The replacement character stands where there was no UTF-8; nobody writes it on purpose.
  const found = /\uFFFD|(?![\t\n\r])\p{Cc}/u.exec(text);
  if (!found) return text;
  const before = text.slice(0, found.index).split('\n');
  const place = { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  const code = found[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const message = found[0] === '\uFFFD' ? 'is not UTF-8 here' : `has a character that cannot be seen, U+${code}`;
  return { ...place, message };
}

/** Stops before anything is so deep that whoever takes it apart runs out of stack. */
function tokensOf(text: string, lines: LineCounter): { tokens: CST.Token[]; tooDeep?: TextFault } {
  const parser = new Parser(lines.addNewLine);
  const tokens: CST.Token[] = [];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > MOST_DEPTH) {
      return { tokens, tooDeep: { ...placeOf(lines, parser.offset), message: `is nested deeper than ${MOST_DEPTH}` } };
    }
  }
  for (const token of parser.end()) tokens.push(token);
  return { tokens };
}

function faultsOf(document: Document.Parsed): Refusal[] {
  // What is unknown to it, such as a tag, it only warns of.
  const wrong = [...document.errors, ...document.warnings];
  if (wrong.length > 0) return wrong.map(({ pos, message }) => ({ at: pos[0], message }));
  const refused = refusal(document);
  return refused ? [refused] : [];
}

interface Refusal {
  readonly at: number;
  readonly message: string;
}

/** What makes a document too much, or mean two things. */
function refusal(document: Document.Parsed): Refusal | undefined {
  if (document.directives.yaml.version !== '1.2') return { at: document.range[0], message: 'must be YAML 1.2' };
  return walk({ document, nodes: 0, aliases: 0 }, document.contents, 1, null);
}

interface Walked {
  readonly document: Document.Parsed;
  nodes: number;
  aliases: number;
}

/** @param from where the alias is that led here */
function walk(walked: Walked, node: unknown, depth: number, from: number | null): Refusal | undefined {
  walked.nodes += 1;
  const at = from ?? startOf(node);
  // Also what holds itself ends here.
  if (walked.nodes > MOST_NODES || depth > MOST_DEPTH) return { at, message: 'repeats too much, or holds itself' };
  if (isAlias(node)) return walkAlias(walked, node, depth, at);
  if (isCollection(node) && node.items.length > MOST_ITEMS)
    return { at, message: `has more than ${MOST_ITEMS} entries` };
  if (isSeq(node)) return first(node.items, (item) => walk(walked, item, depth + 1, from));
  if (!isMap(node)) return undefined;
  return repeated(node) ?? first(node.items, ({ value }) => walk(walked, value, depth + 1, from));
}

function walkAlias(walked: Walked, alias: Alias, depth: number, at: number): Refusal | undefined {
  walked.aliases += 1;
  if (walked.aliases > MOST_ALIASES) return { at, message: `uses more than ${MOST_ALIASES} aliases` };
  const meant = alias.resolve(walked.document);
  if (!meant) return { at, message: `has no anchor &${alias.source} before it` };
  return walk(walked, meant, depth + 1, at);
}

function repeated(map: YAMLMap): Refusal | undefined {
  const seen = new Set<string>();
  return first(map.items, ({ key }) => {
    const name = nameOf(key);
    if (seen.has(name)) return { at: startOf(key), message: `${JSON.stringify(name.slice(0, 64))} is there twice` };
    seen.add(name);
    return undefined;
  });
}

function first<T>(items: readonly T[], check: (item: T) => Refusal | undefined): Refusal | undefined {
  for (const item of items) {
    const refused = check(item);
    if (refused) return refused;
  }
  return undefined;
}

function documentOf(document: Document.Parsed, lines: LineCounter): PlanDocument {
  return {
    value: document.toJS({ maxAliasCount: MOST_ALIASES }),
    place: (at, key) => placeOf(lines, offsetOf(document, at, key)),
  };
}

function isNothing(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null && !node.source);
}

function placeOf(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
