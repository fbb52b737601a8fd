// Edits `instances`: all, or some config nodes by id. Ids that no longer exist stay and are shown as missing, so that
// a list of only such ids is never saved as the empty list, which means all.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const TYPE = 'caretaker-instance';
  /** Saved when "only these" has nothing ticked: no instance has this id. */
  const NONE = '';
  const editor = window.caretakerEditor;

  function allInstances() {
    const configs = [];
    RED.nodes.eachConfig((config) => {
      if (config.type === TYPE) configs.push(config);
    });
    return configs.sort((a, b) => RED.utils.getNodeLabel(a, a.id).localeCompare(RED.utils.getNodeLabel(b, b.id)));
  }

  /** For `defaults`: true, or why the node would watch less than it says. */
  function instances(value) {
    const list = Array.isArray(value) ? value : [];
    if (list.length === 0) return allInstances().length > 0 || editor.t('invalid.instances_none');
    const named = list.filter((id) => id !== NONE);
    if (named.length === 0) return editor.t('invalid.instances_empty');
    const missing = named.filter((id) => !editor.isVariable(id) && RED.nodes.node(id)?.type !== TYPE);
    if (missing.length > 0) return editor.t('invalid.instances_missing', { ids: missing.join(', ') });
    const broken = named.map((id) => RED.nodes.node(id)).find((config) => config?.valid === false);
    return broken ? editor.t('invalid.instance_invalid', { name: RED.utils.getNodeLabel(broken, broken.id) }) : true;
  }

  /** Short text for a node's label. */
  function instancesLabel(value) {
    const list = (Array.isArray(value) ? value : []).filter((id) => id !== NONE);
    if (!Array.isArray(value) || value.length === 0) return editor.t('instances.label_all');
    const only = list.length === 1 ? RED.nodes.node(list[0]) : undefined;
    return only ? RED.utils.getNodeLabel(only, only.id) : editor.t('instances.label_some', { number: list.length });
  }

  /** Variables of the subflow the node is in that hold an instance. */
  const subflowVariables = (node) =>
    (RED.nodes.subflow(node.z)?.env ?? []).filter((env) => env.type === TYPE).map((env) => `\${${env.name}}`);

  /** Every id that can be ticked: instances in reach, what is ticked already, variables. */
  function choices(node, ticked) {
    const inReach = allInstances().filter((config) => !config.z || config.z === node.z || ticked.has(config.id));
    const ids = new Set(inReach.map((config) => config.id));
    for (const id of [...subflowVariables(node), ...ticked]) ids.add(id);
    return [...ids];
  }

  function describe(id) {
    if (editor.isVariable(id)) return { text: id, note: editor.t('instances.variable') };
    const config = RED.nodes.node(id);
    if (config?.type !== TYPE) return { text: id, note: editor.t('instances.missing'), missing: true };
    const note = config.d ? editor.t('instances.disabled') : config.instance_id;
    return { config, text: RED.utils.getNodeLabel(config, config.id), note };
  }

  function drawRow(state, id) {
    const { config, text, note, missing } = describe(id);
    const line = $('<li>').attr('data-instance', id).toggleClass('caretaker-missing', Boolean(missing));
    const label = $('<label>').appendTo(line);
    $('<input type="checkbox">')
      .prop({ checked: state.all || state.ticked.has(id), disabled: state.all })
      .on('change', (event) => {
        if (event.target.checked) state.ticked.add(id);
        else state.ticked.delete(id);
        tell(state);
      })
      .appendTo(label);
    if (missing) $('<i class="fa fa-warning" aria-hidden="true">').appendTo(label);
    $('<span>').text(text).appendTo(label);
    $('<small>').text(note).appendTo(label);
    if (config) drawEditButton(line, config, text);
    return line;
  }

  function drawEditButton(line, config, text) {
    $('<button type="button" class="red-ui-button red-ui-button-small"><i class="fa fa-pencil"></i></button>')
      .attr({
        title: editor.t('instances.edit', { name: text }),
        'aria-label': editor.t('instances.edit', { name: text }),
      })
      .on('click', () => RED.editor.editConfig('', TYPE, config.id, null, null))
      .appendTo(line);
  }

  function tell(state) {
    const verdict = instances(read(state));
    const text = verdict === true ? '' : verdict;
    state.problem.text(text).toggle(text !== '');
  }

  function draw(state) {
    // A missing id stays on offer after it was unticked, until the dialog closes.
    for (const id of choices(state.node, state.ticked)) state.offered.add(id);
    const shown = [...state.offered].filter((id) => id !== NONE && !(state.all && !RED.nodes.node(id)));
    state.list.empty().append(shown.map((id) => drawRow(state, id)));
    state.mode.val(state.all ? 'all' : 'some');
    tell(state);
  }

  function read(state) {
    if (state.all) return [];
    const ticked = [...state.ticked].filter((id) => id !== NONE);
    return ticked.length > 0 ? ticked : [NONE];
  }

  function askVariable(state) {
    const line = $('<li>').appendTo(state.list);
    const input = $('<input type="text" spellcheck="false" placeholder="NAME">')
      .attr('aria-label', editor.t('instances.add_variable'))
      .appendTo(line);
    const accept = () => {
      const typed = input.val().trim();
      const name = typed === '' || editor.isVariable(typed) ? typed : `\${${typed}}`;
      if (editor.isVariable(name)) state.ticked.add(name);
      draw(state);
    };
    input.on('change', accept).trigger('focus');
  }

  function addButton(row, key, icon, act) {
    const button = $('<button type="button" class="red-ui-button red-ui-button-small">').appendTo(row);
    $('<i aria-hidden="true">').addClass(`fa ${icon}`).appendTo(button);
    button.append(document.createTextNode(` ${editor.t(key)}`)).on('click', act);
    return button;
  }

  function build(container, node, value) {
    const list = Array.isArray(value) ? value : [];
    const mode = $('<select>')
      .attr('id', `${container.attr('id')}-mode`)
      .appendTo(container);
    $('<option value="all">').text(editor.t('instances.all')).appendTo(mode);
    $('<option value="some">').text(editor.t('instances.some')).appendTo(mode);
    const rows = $('<ul class="caretaker-instances">')
      .attr('aria-label', editor.t('instances.title'))
      .appendTo(container);
    const problem = $('<div class="caretaker-problem" role="alert">').appendTo(container);
    const buttons = $('<div class="caretaker-buttons">').appendTo(container);
    return {
      node,
      all: list.length === 0,
      ticked: new Set(list),
      offered: new Set(),
      mode,
      list: rows,
      problem,
      buttons,
    };
  }

  /**
   * Builds the editor into `container`; `read()` is what to save, `close()` stops following the flow's config nodes.
   * An instance added from here is ticked; one that exists already is never ticked by itself.
   */
  function editInstances(container, node, value) {
    const state = build(container, node, value);
    const added = (config) => {
      if (config.type !== TYPE) return;
      if (!state.all) state.ticked.add(config.id);
      draw(state);
    };
    const changed = (config) => {
      if (config.type === TYPE) draw(state);
    };
    const removed = (config) => {
      if (config.type === TYPE && !state.ticked.has(config.id)) state.offered.delete(config.id);
      changed(config);
    };
    state.mode.on('change', () => {
      state.all = state.mode.val() === 'all';
      draw(state);
    });
    addButton(state.buttons, 'instances.add', 'fa-plus', () => RED.editor.editConfig('', TYPE, '_ADD_', null, null));
    addButton(state.buttons, 'instances.add_variable', 'fa-dollar', () => {
      state.all = false;
      draw(state);
      askVariable(state);
    });
    const handlers = { 'nodes:add': added, 'nodes:change': changed, 'nodes:remove': removed };
    for (const [event, handler] of Object.entries(handlers)) RED.events.on(event, handler);
    draw(state);
    return {
      read: () => read(state),
      close: () => {
        for (const [event, handler] of Object.entries(handlers)) RED.events.off(event, handler);
      },
    };
  }

  Object.assign(editor, { instances, instancesLabel, editInstances });
}
