import { readFile } from 'node:fs/promises';
import { CaretakerError, describe } from '../error';
import { faultIn, pathOf } from '../instance/plan-file';
import { readText } from '../instance/plan-text';

export type Fields = Readonly<Record<string, unknown>>;

/** Keys and places in lists, from the top down. */
export type Path = readonly string[];

/** HA Boss's `config.yaml`: what it says, and where. */
export interface ConfigFile {
  readonly name: string;
  readonly value: Fields;
  /** `healing.enabled (line 12)`: where it stands, else the nearest above it that does. */
  label(path: Path): string;
  /** What is wrong with what stands there. */
  fault(path: Path, message: string): CaretakerError;
}

/** @throws CaretakerError bad_input, with the line */
export async function readConfigFile(file: string): Promise<ConfigFile> {
  const bytes = await readFile(file).catch((thrown: unknown) => {
    throw new CaretakerError('bad_input', `${file} cannot be read: ${describe(thrown)}.`, thrown);
  });
  return parseConfig(file, bytes);
}

/** @throws CaretakerError bad_input, with the line */
export function parseConfig(file: string, bytes: Uint8Array): ConfigFile {
  const { documents, faults } = readText(bytes);
  if (faults.length > 0) {
    const lines = faults.map(({ message, ...place }) => faultIn(file, place, '', message).text);
    throw new CaretakerError('bad_input', lines.join('\n'));
  }
  const [document] = documents;
  if (!document) throw new CaretakerError('bad_input', `${file} is empty.`);
  if (documents.length > 1) throw new CaretakerError('bad_input', `${file} has more than one document: keep one.`);
  if (!isFields(document.value)) throw new CaretakerError('bad_input', `${file} is no list of settings: name: value.`);
  return {
    name: file,
    value: document.value,
    label: (path) => `${pathOf(path)} (line ${document.place(path, true).line})`,
    fault: (path, message) =>
      new CaretakerError('bad_input', faultIn(file, document.place(path, true), pathOf(path), message).text),
  };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Its own: whoever writes `__proto__` into a file writes a key like any other. */
export function own(fields: unknown, key: string): unknown {
  return isFields(fields) && Object.hasOwn(fields, key) ? fields[key] : undefined;
}

/** All of it is one `${NAME}`: what the environment has under that name, to HA Boss as to Node-RED. */
export function isReference(value: unknown): value is string {
  return typeof value === 'string' && /^\$\{[^}]+\}$/.test(value);
}
