import { describe } from '../error';
import { target } from '../hass/target';
import { isInstanceId } from '../store/backup-name';
import { type ConfigFile, type Fields, isFields, isReference, own, type Path } from './config-file';
import type { Remarks } from './remarks';

/** A Home Assistant of HA Boss. */
export interface Home {
  readonly instance_id: string;
  /** What HA Boss called it. */
  readonly name: string;
  readonly url: string;
  /** `${NAME}`: a token itself is never written anywhere. */
  readonly token: string;
  /** What stands there of it, and where. */
  readonly fields: Fields;
  readonly path: Path;
}

/** The one that a configuration without ids has, and whose rows a database without ids has. */
export const DEFAULT_ID = 'default';
const LONGEST_ID = 32;

/** All of them, in whichever of the three shapes they stand. @throws CaretakerError bad_input, with the line */
export function homesOf(config: ConfigFile, remarks: Remarks): Home[] {
  const listed = [...listedAt(config, ['instances']), ...listedAt(config, ['home_assistant', 'instances'])];
  const homes: Home[] = [];
  for (const one of listed.length > 0 ? listed : single(config)) homes.push(homeOf(config, one, homes, remarks));
  if (listed.length > 0) remarkOnSingle(config, remarks);
  return homes;
}

export function namesHomes(config: ConfigFile): boolean {
  const lists = [['instances'], ['home_assistant', 'instances']].map((path) =>
    path.reduce(own, config.value as unknown),
  );
  return (
    lists.some((list) => Array.isArray(list) && list.length > 0) ||
    own(own(config.value, 'home_assistant'), 'url') != null
  );
}

/** @returns one of ours; empty where nothing of it can be kept */
export function idFrom(written: string): string {
  const plain = written
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9_]+/g, ' ')
    .trim()
    .replaceAll(' ', '_');
  return (/^[a-z]/.test(plain) || plain === '' ? plain : `ha_${plain}`).slice(0, LONGEST_ID);
}

interface Written {
  readonly fields: Fields;
  readonly path: Path;
  /** Where its id stands; null when it needs none. */
  readonly idPath: Path | null;
}

function listedAt(config: ConfigFile, path: Path): Written[] {
  const list = path.reduce(own, config.value as unknown);
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw config.fault(path, 'must be a list of Home Assistants');
  return list.map((fields: unknown, index) => {
    const at = [...path, String(index)];
    if (!isFields(fields)) throw config.fault(at, 'must have an id, a url and a token');
    // Either spelling in either place: nobody means anything else by it.
    const key = own(fields, 'id') === undefined ? 'instance_id' : 'id';
    return { fields, path: at, idPath: [...at, key] };
  });
}

function single(config: ConfigFile): Written[] {
  const fields = own(config.value, 'home_assistant');
  if (!isFields(fields) || own(fields, 'url') == null) {
    throw config.fault([], 'names no Home Assistant: neither instances nor home_assistant.url stands in it');
  }
  return [{ fields, path: ['home_assistant'], idPath: null }];
}

function homeOf(config: ConfigFile, written: Written, others: readonly Home[], remarks: Remarks): Home {
  const { fields, path, idPath } = written;
  const name = nameOf(config, written);
  const instance_id = idOf(config, idPath ?? path, name, others);
  if (instance_id !== name) {
    remarks.add(
      config.name,
      config.label(idPath ?? path),
      `is "${instance_id}" from now on: an id is lower-case letters, digits and underscores. Use that one in your calls.`,
    );
  }
  const url = urlOf(config, fields, path);
  return { instance_id, name, url, token: tokenOf(config, instance_id, { fields, path }, remarks), fields, path };
}

function nameOf(config: ConfigFile, { fields, idPath }: Written): string {
  if (idPath === null) return DEFAULT_ID;
  const id = own(fields, idPath.at(-1) ?? '');
  if ((typeof id === 'string' || typeof id === 'number') && String(id).trim()) return String(id).trim();
  throw config.fault(idPath, 'must be a text: every Home Assistant needs an id of its own');
}

function idOf(config: ConfigFile, at: Path, name: string, others: readonly Home[]): string {
  const instance_id = idFrom(name);
  if (instance_id === 'all')
    throw config.fault(at, 'must not be "all", which stands for every Home Assistant. Rename it');
  if (!isInstanceId(instance_id))
    throw config.fault(at, 'has no letter or digit that an id could be made of. Rename it');
  const taken = others.filter((other) => other.instance_id === instance_id).map((other) => config.label(other.path));
  if (taken.length === 0) return instance_id;
  throw config.fault(at, `comes to "${instance_id}", as does ${taken.join(', ')}. Rename one of the two`);
}

function urlOf(config: ConfigFile, fields: Fields, path: Path): string {
  const url = own(fields, 'url');
  if (isReference(url)) return url;
  try {
    // Whether there is a token, and which, is of no matter here.
    return target(typeof url === 'string' ? url : '', 'token').url;
  } catch (thrown) {
    throw config.fault([...path, 'url'], describe(thrown).replace(/^url: |\.$/g, ''));
  }
}

function tokenOf(
  config: ConfigFile,
  instance_id: string,
  { fields, path }: Pick<Written, 'fields' | 'path'>,
  remarks: Remarks,
): string {
  const token = own(fields, 'token');
  if (isReference(token)) return token;
  const name = `HA_TOKEN_${instance_id.toUpperCase()}`;
  const found = typeof token === 'string' && token.trim() !== '';
  remarks.add(
    config.name,
    config.label([...path, 'token']),
    `${found ? 'is not copied: a flow is no place for a secret' : 'is missing'}. ` +
      `Set the environment variable ${name} for Node-RED to ${found ? 'it' : 'a long-lived access token'}.`,
  );
  return `\${${name}}`;
}

function remarkOnSingle(config: ConfigFile, remarks: Remarks): void {
  const section = own(config.value, 'home_assistant');
  for (const key of ['url', 'token']) {
    if (own(section, key) !== undefined) {
      remarks.add(
        config.name,
        config.label(['home_assistant', key]),
        'is left out, as HA Boss did: the instances that are listed count.',
      );
    }
  }
}
