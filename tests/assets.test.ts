import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';

const root = resolve(__dirname, '../..');
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8');
const filesIn = (folder: string, end: string) => readdirSync(join(root, folder)).filter((file) => file.endsWith(end));

const LANGUAGES = ['en-US', 'de'];
const FIELDS: Record<string, readonly string[]> = {
  'caretaker-instance': [
    'instance_id',
    'name',
    'url',
    'tls',
    'addon',
    'store',
    'health_check_interval_seconds',
    'state_change_grace_period_seconds',
    'recovery_grace_period_seconds',
    'startup_grace_period_seconds',
    'stale_threshold_seconds',
    'incident_window_seconds',
    'retention_days',
    'rollup_retention_days',
    'include',
    'exclude',
    'entity_overrides',
    'healing_enabled',
    'healing_dry_run',
    'circuit_breaker_threshold',
    'circuit_breaker_reset_seconds',
    'cooldown_seconds',
    'verify_seconds',
    'max_attempts',
    'reloads_per_hour',
  ],
  'caretaker-monitor': ['name', 'instances', 'kinds', 'direction', 'include', 'exclude', 'announce'],
  'caretaker-heal': ['name', 'instances', 'auto', 'notify', 'levels', 'dry_run', 'plans'],
  'caretaker-store': [
    'name',
    'kind',
    'file',
    'retention_days',
    'rollup_retention_days',
    'backup_keep',
    'backup_interval_hours',
  ],
  'caretaker-backup': ['name', 'instances', 'action', 'tag', 'backup', 'from'],
  'caretaker-pattern': ['name', 'instances', 'query', 'by', 'hours', 'days', 'limit', 'schedule'],
  'caretaker-aggregate': [
    'name',
    'instances',
    'query',
    'hours',
    'days',
    'limit',
    'options',
    'live',
    'live_seconds',
    'schedule',
  ],
  'caretaker-api': ['name', 'instances', 'keys', 'anonymous'],
};
const CREDENTIALS: Record<string, readonly string[]> = { 'caretaker-instance': ['token'], 'caretaker-store': ['url'] };
/** The default store needs no node. */
const NOT_IN_EXAMPLES = ['caretaker-store'];
/** Whose texts a script uses, where it is not the instance's alone. */
const TEXTS_OF: Record<string, readonly string[]> = {
  'store-test.js': ['store'],
  'api-keys.js': ['api'],
  'asking.js': ['instance', 'pattern', 'aggregate'],
};
/** What nodes have in common says what is in the catalog of each of them. */
const SHELLS: Record<string, string> = { pattern: 'asking-shell', aggregate: 'asking-shell' };
const PLACEHOLDER = /__(\w+?)__/g;

interface Definition {
  readonly category: string;
  readonly icon: string;
  readonly defaults: Record<string, { value: unknown; type?: string }>;
  readonly credentials?: Record<string, { type: string }>;
}

interface Source {
  readonly name: string;
  readonly type: string;
  readonly html: string;
  readonly definition: Definition;
}

const sources: Source[] = filesIn('src/nodes', '.html').map((file) => {
  const html = read('src/nodes', file);
  const script = /<script type="text\/javascript">([\s\S]*?)<\/script>/.exec(html)?.[1] ?? '';
  const found: [string, Definition][] = [];
  const registerType = (type: string, definition: Definition) => found.push([type, definition]);
  runInNewContext(script, { RED: { nodes: { registerType } } });
  const [type, definition] = found[0]!;
  return { name: file.replace('.html', ''), type, html, definition };
});

type Catalog = Record<string, string>;

/** Dotted keys to texts. */
function flatten(value: unknown, prefix = ''): Catalog {
  if (typeof value === 'string') return { [prefix]: value };
  const parts = Object.entries(value as object).map(([key, inner]) =>
    flatten(inner, prefix ? `${prefix}.${key}` : key),
  );
  return Object.assign({}, ...parts) as Catalog;
}

const catalog = (language: string, name: string) => flatten(JSON.parse(read('locales', language, `${name}.json`)));

/** Keys in attributes and in code; `${...}` in one stands for any word. */
function keysUsed(text: string, groups: readonly string[]): string[] {
  const attributes = [...text.matchAll(/data-i18n="([^"]+)"/g)].flatMap((match) => match[1]!.split(';'));
  const literals = [...text.matchAll(/(['`])([a-z_]+\.[\w.${}]+)\1/g)].map((match) => match[2]!);
  return [
    ...attributes.map((key) => key.replace(/^\[\w+\]/, '')),
    ...literals.filter((key) => groups.includes(key.split('.')[0]!)),
  ];
}

const pattern = (key: string) =>
  new RegExp(
    `^${key
      .replace(/\$\{[\w.]+\}/g, '*')
      .replaceAll('.', '\\.')
      .replaceAll('*', '[^.]+')}$`,
  );

function textsThatUse(name: string): string {
  const runtimes = [name, SHELLS[name] ?? ''].map((file) => `src/nodes/${file}.ts`);
  const scripts = filesIn('resources', '.js').filter((file) => (TEXTS_OF[file] ?? ['instance']).includes(name));
  const code = [
    ...runtimes.filter((file) => existsSync(join(root, file))),
    ...scripts.map((file) => `resources/${file}`),
  ];
  return [read('src/nodes', `${name}.html`), ...code.map((file) => read(file))].join('\n');
}

describe('what the editor loads', () => {
  it('has the fields that were promised, under their names', () => {
    const found = Object.fromEntries(sources.map(({ type, definition }) => [type, Object.keys(definition.defaults)]));
    assert.deepEqual(found, FIELDS);
  });

  it('keeps secrets with the credentials, and no others', () => {
    for (const { type, definition } of sources) {
      const secrets = Object.fromEntries((CREDENTIALS[type] ?? []).map((field) => [field, { type: 'password' }]));
      assert.equal(JSON.stringify(definition.credentials ?? {}), JSON.stringify(secrets), type);
    }
  });

  it('offers every field in the dialog', () => {
    for (const { name, type, html, definition } of sources) {
      const prefix = definition.category === 'config' ? 'node-config-input' : 'node-input';
      for (const field of Object.keys({ ...definition.defaults, ...definition.credentials })) {
        const own = [`id="${prefix}-${field}"`, `id="caretaker-${name}-${field.replace('entity_', '')}"`];
        assert.ok(
          own.some((id) => html.includes(id)),
          `${type}: no input for ${field}`,
        );
      }
    }
  });

  it('takes its colours from the theme', () => {
    for (const { name, html } of sources) {
      for (const [style] of html.matchAll(/<style>[\s\S]*?<\/style>/g)) {
        assert.doesNotMatch(style, /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i, name);
        assert.doesNotMatch(style, /var\(--(?!red-ui-)/, name);
      }
    }
  });

  it('has its icons and scripts, and no others', () => {
    const icons = sources.map(({ definition }) => definition.icon).sort();
    assert.deepEqual(readdirSync(join(root, 'src/nodes/icons')).sort(), icons);
    const scripts = sources.flatMap(({ html }) =>
      [...html.matchAll(/<script src="resources\/([^"]+)">/g)].map(([, src]) => src!),
    );
    const served = filesIn('resources', '.js').map((file) => `${JSON.parse(read('package.json')).name}/${file}`);
    assert.deepEqual(scripts.sort(), served.sort());
  });
});

describe('labels', () => {
  for (const { name } of sources) {
    const english = catalog('en-US', name);
    const groups = [...new Set(Object.keys(english).map((key) => key.split('.')[0]!))];

    it(`of ${name} exist for every key used`, () => {
      for (const key of keysUsed(textsThatUse(name), groups)) {
        assert.ok(
          Object.keys(english).some((known) => pattern(key).test(known)),
          `${name}: no text for ${key}`,
        );
      }
    });

    it(`of ${name} are all used`, () => {
      const used = keysUsed(textsThatUse(name), groups).map(pattern);
      const idle = Object.keys(english).filter((key) => !used.some((fits) => fits.test(key)));
      assert.deepEqual(idle, []);
    });

    for (const language of LANGUAGES) {
      it(`of ${name} are complete in ${language}`, () => {
        const texts = catalog(language, name);
        assert.deepEqual(Object.keys(texts).sort(), Object.keys(english).sort());
        for (const [key, text] of Object.entries(texts)) {
          assert.notEqual(text.trim(), '', key);
          assert.deepEqual(text.match(PLACEHOLDER)?.sort(), english[key]?.match(PLACEHOLDER)?.sort(), key);
        }
      });
    }
  }
});

describe('help', () => {
  for (const language of LANGUAGES) {
    for (const { name, type, definition } of sources) {
      it(`for ${type} tells about every field in ${language}`, () => {
        const help = read('locales', language, `${name}.html`);
        assert.ok(help.includes(`data-help-name="${type}"`));
        const told = [...help.matchAll(/<dt data-field="(\w+)"[^>]*>([^<]+)<[\s\S]*?<dd>([\s\S]*?)<\/dd>/g)];
        const fields = Object.keys({ ...definition.defaults, ...definition.credentials });
        assert.deepEqual(told.map(([, field]) => field).sort(), fields.sort());
        for (const [, field, title, text] of told) assert.ok(title?.trim() && text?.trim(), `${field} has no words`);
      });
    }
  }
});

interface FlowNode {
  readonly id: string;
  readonly type: string;
  readonly wires?: string[][];
  readonly [field: string]: unknown;
}

describe('examples', () => {
  const files = filesIn('examples', '.json').sort();
  const flows = new Map(files.map((file) => [file, JSON.parse(read('examples', file)) as FlowNode[]]));

  it('are numbered and titled', () => {
    files.forEach((file, index) => {
      assert.match(file, new RegExp(`^${String(index + 1).padStart(2, '0')} - \\S.+\\.json$`));
    });
  });

  it('show every node of the package', () => {
    const shown = new Set([...flows.values()].flat().map(({ type }) => type));
    for (const { type } of sources) assert.ok(shown.has(type) || NOT_IN_EXAMPLES.includes(type), type);
  });

  for (const [file, nodes] of flows) {
    it(`${file} fits together`, () => {
      const ids = new Set(nodes.map(({ id }) => id));
      assert.equal(ids.size, nodes.length);
      assert.ok(nodes.some(({ type }) => type === 'comment'));
      for (const node of nodes) {
        const targets = [...(node.wires ?? []).flat(), ...((node['instances'] as string[] | undefined) ?? [])];
        for (const target of targets) assert.ok(ids.has(target), `${node.type} points to ${target}`);
        assert.ok(!node['z'] || ids.has(String(node['z'])));
      }
    });

    it(`${file} needs no code and holds no secret`, () => {
      assert.ok(!nodes.some(({ type }) => type === 'function'));
      for (const node of nodes) assert.ok(!('credentials' in node) && !('token' in node));
    });

    it(`${file} was saved by this version of the nodes`, () => {
      for (const { type, ...saved } of nodes.filter((node) => node.type in FIELDS)) {
        for (const field of FIELDS[type] ?? []) assert.ok(field in saved, `${type}: ${field}`);
        const known = [...(FIELDS[type] ?? []), 'id', 'z', 'x', 'y', 'wires'];
        for (const field of Object.keys(saved)) assert.ok(known.includes(field), `${type}: ${field}`);
      }
    });
  }
});
