import assert from 'node:assert/strict';
import { parseConfig } from '../../../src/lib/migrate/config-file';
import { homesOf, idFrom } from '../../../src/lib/migrate/homes';
import { Remarks } from '../../../src/lib/migrate/remarks';

const homes = (yaml: string) => {
  const remarks = new Remarks();
  const found = homesOf(parseConfig('config.yaml', Buffer.from(yaml)), remarks);
  return { found: found.map(({ instance_id, url, token }) => ({ instance_id, url, token })), said: remarks.lines() };
};
const refused = (yaml: string, message: RegExp) =>
  assert.throws(
    () => homes(yaml),
    (error: { code?: string; message: string }) => {
      assert.equal(error.code, 'bad_input');
      assert.match(error.message, message);
      return true;
    },
  );

describe('the homes of a configuration of HA Boss', () => {
  it('stand under instances, as was promised', () => {
    const { found, said } = homes(`
instances:
  - id: home
    url: http://home-assistant:8123
    token: \${HA_TOKEN_HOME}
  - id: vacation
    url: https://vacation-ha/
    token: \${HA_TOKEN_VACATION}
`);
    assert.deepEqual(found, [
      { instance_id: 'home', url: 'http://home-assistant:8123', token: '${HA_TOKEN_HOME}' },
      { instance_id: 'vacation', url: 'https://vacation-ha', token: '${HA_TOKEN_VACATION}' },
    ]);
    assert.deepEqual(said, []);
  });

  it('stand under home_assistant.instances, as HA Boss really has them', () => {
    const { found, said } = homes(`
home_assistant:
  instances:
    - {instance_id: "cabin", url: "\${CABIN_URL}", token: "\${HA_CABIN_TOKEN}", bridge_enabled: true}
`);
    assert.deepEqual(found, [{ instance_id: 'cabin', url: '${CABIN_URL}', token: '${HA_CABIN_TOKEN}' }]);
    assert.deepEqual(said, []);
  });

  it('are one called default, as they were once', () => {
    const { found } = homes('home_assistant:\n  url: "http://ha:8123"\n  token: "${HA_TOKEN}"\n');
    assert.deepEqual(found, [{ instance_id: 'default', url: 'http://ha:8123', token: '${HA_TOKEN}' }]);
  });

  it('are those that are listed, where both stand', () => {
    const { found, said } = homes(`
home_assistant:
  url: http://old:8123
  token: \${OLD}
  instances:
    - {instance_id: new, url: 'http://new:8123', token: '\${NEW}'}
`);
    assert.deepEqual(
      found.map(({ instance_id }) => instance_id),
      ['new'],
    );
    assert.equal(said.length, 1);
    assert.match(
      said[0] ?? '',
      /^config\.yaml: home_assistant\.url \(line 3\), home_assistant\.token \(line 4\): is left out/,
    );
  });

  it('keep no token that stands there', () => {
    const { found, said } = homes('instances:\n  - id: home\n    url: http://ha:8123\n    token: eyJhbGci.secret\n');
    assert.equal(found[0]?.token, '${HA_TOKEN_HOME}');
    assert.match(said.join(), /config\.yaml: instances\[0\]\.token \(line 4\): is not copied.*HA_TOKEN_HOME/);
    assert.doesNotMatch(said.join(), /eyJ/);
  });

  it('are asked for a token that does not', () => {
    const { found, said } = homes('instances:\n  - id: home\n    url: http://ha:8123\n');
    assert.equal(found[0]?.token, '${HA_TOKEN_HOME}');
    assert.match(said.join(), /is missing\. Set the environment variable HA_TOKEN_HOME/);
  });

  it('are told of an id that had to change', () => {
    const { found, said } = homes('instances: [{id: My-House, url: "http://ha:8123", token: "${T}"}]');
    assert.equal(found[0]?.instance_id, 'my_house');
    assert.match(said.join(), /is "my_house" from now on/);
  });

  const IDS: readonly (readonly [written: string, id: string])[] = [
    ['home', 'home'],
    ['Home Assistant #1', 'home_assistant_1'],
    ['my-house', 'my_house'],
    ['Büro', 'buro'],
    ['2nd', 'ha_2nd'],
    ['a'.repeat(50), 'a'.repeat(32)],
    ['日本', ''],
    ['../../etc/passwd', 'etc_passwd'],
    ['__proto__', 'ha___proto__'],
  ];
  for (const [written, id] of IDS) it(`make "${id}" of "${written}"`, () => assert.equal(idFrom(written), id));

  const one = (id: string) => `  - {id: ${id}, url: 'http://ha:8123', token: '\${T}'}\n`;
  const REFUSED: Readonly<Record<string, readonly [yaml: string, message: RegExp]>> = {
    'no home': ['monitoring: {}', /names no Home Assistant/],
    'nothing at all': ['# nothing\n', /is empty/],
    'a list': ['- 1\n', /no list of settings/],
    'two documents': [`instances:\n${one('a')}---\nmode: x\n`, /more than one document/],
    'an id twice': [
      `instances:\n${one('home')}${one('Home')}`,
      /config\.yaml:3:\d+: instances\[1\]\.id comes to "home", as does instances\[0\] \(line 2\)/,
    ],
    'an id in both lists': [
      `instances:\n${one('home')}home_assistant: {instances: [{instance_id: home, url: 'http://b:1', token: '\${T}'}]}`,
      /home_assistant\.instances\[0\]\.instance_id comes to "home"/,
    ],
    'all as an id': [`instances:\n${one('ALL')}`, /must not be "all"/],
    'an id of nothing': [`instances:\n${one('"?"')}`, /no letter or digit/],
    'no id': ['instances: [{url: "http://ha:8123", token: "${T}"}]', /every Home Assistant needs an id/],
    'an id that is a list': ['instances: [{id: [a], url: "http://ha:8123"}]', /every Home Assistant needs an id/],
    'no url': ['instances:\n  - id: home\n', /config\.yaml:2:\d+: instances\[0\]\.url must look like http/],
    'another kind of url': ['instances: [{id: home, url: "file:///etc/passwd"}]', /must look like http/],
    'a url with a password': ['instances: [{id: home, url: "http://me:secret@ha:8123"}]', /must look like http/],
    'a home that is a text': ['instances: [home]', /instances\[0\] must have an id/],
    'homes that are no list': ['instances: {home: {}}', /instances must be a list/],
    'broken YAML': ['instances:\n  - id: [home\n', /^config\.yaml:\d+:\d+: /],
    'a key twice': ['mode: a\nmode: b\n', /config\.yaml:2:1: "mode" is there twice/],
    'a tag': ['mode: !!python/object:os.system x\n', /^config\.yaml:1:\d+: /],
    'a bomb': [
      `a: &a [1,1,1,1,1,1,1,1,1]\n${[...'bcdefghi'].map((c) => `${c}: &${c} [${Array(9).fill(`*${String.fromCharCode(c.charCodeAt(0) - 1)}`)}]`).join('\n')}\n`,
      /repeats too much|aliases/,
    ],
    'what is nested without end': [`a: ${'['.repeat(5000)}`, /nested deeper/],
    'what is far too long': [`a: ${'x'.repeat(70_000)}`, /longer than 65536 bytes/],
  };
  for (const [what, [yaml, message]] of Object.entries(REFUSED))
    it(`are refused with ${what}`, () => refused(yaml, message));
});
