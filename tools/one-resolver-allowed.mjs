/**
 * Who may do what `one-resolver.mjs` looks for: in which file, what (the word of its complaint), how often, and why
 * this chooses no instance for anybody.
 */
export const allowed = [
  {
    file: 'src/lib/instance/roster.ts',
    rule: 'take',
    how: 'get',
    times: 3,
    why: 'By the id of a config node, which one node has: to answer for it, and to tell it from its successor.',
  },
  {
    file: 'src/lib/instance/roster.ts',
    rule: 'take',
    how: 'find',
    why: 'Who has an instance_id already: whoever it is, the other is refused.',
  },
  {
    file: 'src/lib/instance/hosting.ts',
    rule: 'take',
    how: 'namesake',
    times: 3,
    why: 'Only whether there is one, and its name for the refusal.',
  },
  {
    file: 'src/lib/instance/monitor.ts',
    rule: 'take',
    how: 'get',
    why: 'By the id of a config node: whether the one it listens to is still the same.',
  },
  {
    file: 'src/lib/instance/auto-heal.ts',
    rule: 'take',
    how: 'get',
    why: 'By the id of a config node: whether the one whose incidents it hears of is still the same.',
  },
  {
    file: 'src/lib/instance/test-connection.ts',
    rule: 'take',
    how: 'get',
    why: 'By the id of the config node whose dialog asks.',
  },
  {
    file: 'src/nodes/instance.ts',
    rule: 'take',
    how: 'get',
    times: 3,
    why: 'By the id of the config node whose dialog asks, or whose connection is tested.',
  },
  {
    file: 'src/nodes/shell.ts',
    rule: 'target',
    how: 'deaf',
    why: 'A node that could not be set up does nothing for any home: it says so.',
  },
  {
    file: 'src/lib/instance/orphan.ts',
    rule: 'target',
    how: 'read',
    why: 'Whose data the dialog wants deleted; the id of a configured instance is refused.',
  },
  {
    file: 'src/lib/instance/test-connection.ts',
    rule: 'target',
    how: 'read',
    why: 'A field of the dialog: the id that the home is to get.',
  },
  {
    file: 'src/lib/instance/hosting.ts',
    rule: 'target',
    how: 'read',
    why: 'A field of the config node: the id that the home has.',
  },
  {
    file: 'src/lib/api/http/audit.ts',
    rule: 'target',
    how: 'read',
    why: 'For a line of the log, after it was done: which home an answer says it was.',
  },
  {
    file: 'src/lib/api/http/live-event.ts',
    rule: 'target',
    how: 'read',
    why: 'Of a record that a monitor sent: only who may see that home is told it.',
  },
  {
    file: 'src/nodes/api.ts',
    rule: 'target',
    how: 'deaf',
    why: 'The target stands in the request, not in the message: lib/api/http/fields.ts hands it over.',
  },
  {
    file: 'src/lib/api/asking.ts',
    rule: 'target',
    how: 'read',
    why: 'Of an answer: whose it is, which the resolver has said before.',
  },
];
