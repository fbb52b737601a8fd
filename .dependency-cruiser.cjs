/** The layers: nodes, dashboard -> api -> instance -> hass | store -> core; beside the nodes bin -> migrate -> instance. Each breach is an error with its sentence. */
const lib = '^src/lib/';
const only = (name, comment, from, to, pathNot) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from },
  to: { path: to, ...(pathNot ? { pathNot } : {}) },
});

module.exports = {
  forbidden: [
    only(
      'core-is-pure',
      'Core imports only core: no npm, no node:, no other layer.',
      `${lib}core/`,
      '.+',
      `${lib}core/`,
    ),
    only(
      'store-knows-core-only',
      'The store is a stranger to Home Assistant, to instances and to nodes.',
      `${lib}store/`,
      `${lib}|^src/nodes/`,
      `${lib}(store|core)/|${lib}error\\.ts`,
    ),
    only(
      'hass-knows-core-only',
      'The wire is a stranger to the store, to instances and to nodes.',
      `${lib}hass/`,
      `${lib}|^src/nodes/`,
      `${lib}(hass|core)/|${lib}error\\.ts`,
    ),
    only('instance-looks-down', 'An instance knows hass, store and core.', `${lib}instance/`, `${lib}api/|^src/nodes/`),
    only('api-looks-down', 'The API knows no node.', `${lib}api/`, '^src/nodes/'),
    only(
      'migrate-looks-down',
      'What moves others here knows instance, hass, store and core.',
      `${lib}migrate/`,
      `${lib}api/|^src/(nodes|bin)/`,
    ),
    only('migrate-for-bin-only', 'Node-RED never loads what moves others here.', '^src/(nodes|lib)/', `${lib}migrate/`),
    only('bin-looks-down', 'A command line knows the library, no node.', '^src/bin/', '^src/nodes/'),
    only('nobody-knows-bin', 'A command line is where it begins.', '^src/(nodes|lib)/', '^src/bin/'),
    only('leaves-import-nothing', 'error.ts is a leaf.', `${lib}error\\.ts`, '^src/'),
    only(
      'one-home-for-the-ha-library',
      'Only connection.ts speaks home-assistant-js-websocket.',
      '^src/',
      'node_modules/home-assistant-js-websocket',
      undefined,
    ),
    only('one-home-for-ws', 'Only socket.ts opens sockets.', '^src/', 'node_modules/(@types/)?ws/', undefined),
    only(
      'sqlite-in-the-worker',
      'node:sqlite stalls the loop: only the worker loads it, and a command line, where nothing else waits.',
      '^src/',
      '^(node:)?sqlite$|^src/lib/store/sqlite-module\\.ts$',
      undefined,
    ),
    only(
      'nodes-are-strangers',
      'A node knows the library and the shells, no other node.',
      '^src/nodes/(?!(asking-)?shell)[^/]+\\.ts$',
      '^src/nodes/',
      '^src/nodes/(asking-)?shell\\.ts$',
    ),
    { name: 'no-cycles', comment: 'Arrows point down only.', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      comment: 'Every file serves another.',
      severity: 'error',
      from: { orphan: true, pathNot: '^src/nodes/[^/]+\\.ts$|worker\\.ts$|^src/bin/' },
      to: {},
    },
  ].map((rule) => {
    const homes = {
      'one-home-for-the-ha-library': '^src/lib/hass/connection\\.ts$',
      'one-home-for-ws': '^src/lib/hass/socket\\.ts$',
      'sqlite-in-the-worker': '^src/lib/(store/sqlite-(worker|module)|migrate/ha-boss-database)\\.ts$',
      'migrate-for-bin-only': '^src/lib/migrate/',
    };
    return homes[rule.name] ? { ...rule, from: { ...rule.from, pathNot: homes[rule.name] } } : rule;
  }),
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
  },
};
