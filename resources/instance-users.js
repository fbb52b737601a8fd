// Node-RED counts the users of a config node only for properties that hold one id. Ours hold a list, and an empty list
// means every instance: this keeps the counts right on load, edit, undo, redo, delete and import, for every node of
// the package. It runs once per page, after the step that changed something has ended.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
if (!window.caretakerEditor.countUsers) {
  const TYPE = 'caretaker-instance';
  let due = false;

  const properties = (node, type) =>
    Object.keys(node._def?.defaults ?? {}).filter((name) => node._def.defaults[name].type === type);

  const isUser = (node) => properties(node, `${TYPE}[]`).length > 0;

  /** Deleting a config node blanks whatever `==` its id, and `['x'] == 'x'`: that would turn "only x" into "all". */
  function protect(list) {
    if (Object.hasOwn(list, 'toString')) return;
    Object.defineProperty(list, 'toString', { value: () => `[${list.join()}]`, configurable: true });
  }

  function uses(node, config) {
    return properties(node, `${TYPE}[]`).some((name) => {
      const list = node[name];
      return !Array.isArray(list) || list.length === 0 ? !config.d : list.includes(config.id);
    });
  }

  function countUsersOf(config, nodes) {
    const users = nodes.filter((node) => uses(node, config)).map((node) => RED.nodes.node(node.id) || node);
    const others = config.users.filter(
      (user) => !isUser(user) || properties(user, TYPE).some((name) => user[name] === config.id),
    );
    const wanted = [...new Set([...others, ...users])];
    const same = wanted.length === config.users.length && wanted.every((user) => config.users.includes(user));
    if (same) return;
    config.users.splice(0, config.users.length, ...wanted);
    RED.events.emit('nodes:change', config);
  }

  function countUsers() {
    due = false;
    const nodes = [];
    const configs = [];
    const collect = (node) => {
      if (node.type === TYPE) configs.push(node);
      else if (isUser(node)) nodes.push(node);
    };
    RED.nodes.eachNode(collect);
    RED.nodes.eachConfig(collect);
    for (const node of nodes) {
      for (const name of properties(node, `${TYPE}[]`)) if (Array.isArray(node[name])) protect(node[name]);
    }
    for (const config of configs) countUsersOf(config, nodes);
  }

  function changed(node) {
    if (due || !(node?.type === TYPE || isUser(node ?? {}))) return;
    due = true;
    queueMicrotask(countUsers);
  }

  window.caretakerEditor.countUsers = countUsers;
  for (const event of ['nodes:add', 'nodes:change', 'nodes:remove']) RED.events.on(event, changed);
}
