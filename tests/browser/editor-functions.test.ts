import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runInNewContext } from 'node:vm';
import { root } from '../support/node-red';

interface Config {
  readonly id: string;
  readonly type: string;
  readonly instance_id?: string;
  readonly name?: string;
  readonly valid?: boolean;
  readonly [field: string]: unknown;
}

interface Editor {
  listOf(text: string): string[];
  textOf(list: unknown): string;
  secondsOf(text: unknown): string | number;
  seconds(value: unknown): true | string;
  instanceId(value: string, ownNodeId: string): true | string;
  proposeId(title: string, ownNodeId: string): string;
  url(value: string): true | string;
  selector(value: unknown): true | string;
  overrides(value: unknown): true | string;
  instances(value: unknown): true | string;
}

const variable = '${HOME}';

/** The scripts as a page with these config nodes runs them; a text is its key. */
function editorWith(configs: readonly Config[]): Editor {
  const window: { caretakerEditor?: Editor } = {};
  const nodes = {
    eachConfig: (look: (config: Config) => void) => configs.forEach(look),
    node: (id: string) => configs.find((config) => config.id === id),
  };
  const RED = {
    _: (key: string) => key.split(':').pop(),
    nodes,
    utils: { getNodeLabel: (node: Config) => node.name ?? '' },
  };
  for (const file of ['caretaker-editor', 'selector', 'overrides', 'instance-list']) {
    const page = { window, RED, URL };
    runInNewContext(readFileSync(join(root, 'resources', `${file}.js`), 'utf8'), page);
    assert.deepEqual(Object.keys(page), ['window', 'RED', 'URL'], 'leaves no name of its own on the page');
  }
  assert.ok(window.caretakerEditor);
  return window.caretakerEditor;
}

const home: Config = { id: 'n1', type: 'caretaker-instance', instance_id: 'home', name: 'Home' };
const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('the functions of the editor', () => {
  const editor = editorWith([home]);

  it('read lists with commas, lines and quotes, and write them back', () => {
    const list = ['a', 'Attic, left', '27" screen'];
    assert.deepEqual(plain(editor.listOf('a , "Attic, left",27" screen,, a')), list);
    assert.deepEqual(plain(editor.listOf('a\nAttic')), ['a', 'Attic']);
    assert.deepEqual(plain(editor.listOf(editor.textOf(list))), list);
    assert.deepEqual(plain(editor.listOf('')), []);
    assert.equal(editor.textOf(undefined), '');
  });

  it('keep numbers numbers, blank blank and variables variables', () => {
    assert.equal(editor.secondsOf(' 30 '), 30);
    assert.equal(editor.secondsOf('0'), 0);
    assert.equal(editor.secondsOf(''), '');
    assert.equal(editor.secondsOf(variable), variable);
    for (const good of ['', undefined, 0, 0.5, '12', variable]) assert.equal(editor.seconds(good), true);
    for (const bad of [-1, 'soon', '1 h']) assert.equal(editor.seconds(bad), 'invalid.seconds');
  });

  it('refuse ids that are bad, reserved or taken', () => {
    assert.equal(editor.instanceId('cabin_2', 'n2'), true);
    assert.equal(editor.instanceId(variable, 'n2'), true);
    assert.equal(editor.instanceId('home', 'n1'), true);
    assert.equal(editor.instanceId('home', 'n2'), 'invalid.id_taken');
    assert.equal(editor.instanceId('all', 'n2'), 'invalid.id_reserved');
    assert.equal(editor.instanceId('', 'n2'), 'invalid.id_missing');
    for (const bad of ['Home', '2nd', 'a-b', 'a'.repeat(33)])
      assert.equal(editor.instanceId(bad, 'n2'), 'invalid.id_pattern');
  });

  it('propose an id that is good for any title', () => {
    assert.equal(editor.proposeId('Oma Erna’s Häuschen', 'n2'), 'oma_erna_s_haeuschen');
    assert.equal(editor.proposeId('Home', 'n2'), 'home_2');
    assert.equal(editor.proposeId('All', 'n2'), 'home_all');
    assert.equal(editor.proposeId('42', 'n2'), 'home_42');
    assert.equal(editor.proposeId('日本', 'n2'), '');
    for (const title of ['Été à Besançon', '_x_', 'x'.repeat(80), 'Home '.repeat(20)]) {
      assert.equal(editor.instanceId(editor.proposeId(title, 'n2'), 'n2'), true, title);
    }
  });

  it('refuse what is no address', () => {
    for (const good of ['http://ha.local:8123', 'https://[::1]:8123/', variable]) assert.equal(editor.url(good), true);
    for (const bad of ['ha.local:8123', 'ftp://ha', 'http://', 'ws://ha:8123'])
      assert.equal(editor.url(bad), 'invalid.url');
    assert.equal(editor.url('http://me:secret@ha'), 'invalid.url_password');
    assert.equal(editor.url(''), 'invalid.url_missing');
  });

  it('check selectors and times of their own', () => {
    assert.equal(editor.selector({ entities: ['light.*', variable], areas: ['Küche'] }), true);
    assert.equal(editor.selector({}), true);
    assert.equal(editor.selector({ entities: ['light kitchen'] }), 'invalid.entities');
    assert.equal(editor.selector({ domains: ['light.x'] }), 'invalid.domains');
    assert.equal(editor.selector({ areas: 'kitchen' }), 'invalid.list');
    assert.equal(editor.overrides([{ match: 'sensor.*', stale_threshold_seconds: 60 }]), true);
    assert.equal(editor.overrides([{ match: '' }]), 'invalid.match_missing');
    assert.equal(editor.overrides([{ match: 'sensor.*', stale_threshold_seconds: 'x' }]), 'invalid.seconds');
  });

  it('say what is wrong with a list of instances', () => {
    assert.equal(editor.instances([]), true);
    assert.equal(editor.instances(['n1', variable]), true);
    assert.equal(editor.instances(['']), 'invalid.instances_empty');
    assert.equal(editor.instances(['n1', 'gone']), 'invalid.instances_missing');
    assert.equal(editorWith([]).instances([]), 'invalid.instances_none');
    assert.equal(editorWith([{ ...home, valid: false }]).instances(['n1']), 'invalid.instance_invalid');
  });
});
