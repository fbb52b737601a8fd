// Edits `keys` of the API node. A key is made by the runtime, shown here once, and only its hash is kept. Its texts are
// those of the API node, so the dialog hands over its own `say`.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const INSTANCE_ID = /^(?!all$)[a-z][a-z0-9_]{0,31}$/;
  const SHA256 = /^[0-9a-f]{64}$/i;
  const ACCESS = ['read', 'write'];
  const editor = window.caretakerEditor;

  const nameProblem = (name, say) => (String(name ?? '').trim() ? true : say('invalid.key_name'));

  function instancesProblem(instances, say) {
    const wrong = (instances ?? []).find((id) => !editor.isVariable(id) && !INSTANCE_ID.test(id));
    return wrong === undefined ? true : say('invalid.key_instances', { id: wrong });
  }

  /** For `defaults`: true, or what is wrong with the saved list. */
  function keys(value, say) {
    for (const key of Array.isArray(value) ? value : []) {
      const whole = ACCESS.includes(key.access) && (editor.isVariable(key.sha256) || SHA256.test(key.sha256));
      const verdicts = [nameProblem(key.name, say), instancesProblem(key.instances, say), whole || say('invalid.key')];
      const wrong = verdicts.find((verdict) => verdict !== true);
      if (wrong) return wrong;
    }
    return true;
  }

  function readRow(element) {
    return {
      name: element.find('.caretaker-key-name').val().trim(),
      instances: editor.listOf(element.find('.caretaker-key-instances').val()),
      access: element.find('select').val(),
      sha256: element.data('sha256'),
    };
  }

  function check(element, say) {
    const { name, instances } = readRow(element);
    editor.mark(element.find('.caretaker-key-name'), nameProblem(name, say));
    editor.mark(element.find('.caretaker-key-instances'), instancesProblem(instances, say));
  }

  function fillRow(element, key, say) {
    element.data('sha256', key.sha256);
    const line = $('<div class="caretaker-key">').appendTo(element);
    $('<input type="text" class="caretaker-key-name" spellcheck="false">')
      .attr({ placeholder: say('key.name'), 'aria-label': say('key.name') })
      .val(key.name ?? '')
      .appendTo($('<div>').appendTo(line));
    $('<input type="text" class="caretaker-key-instances" spellcheck="false">')
      .attr({ placeholder: say('key.all'), 'aria-label': say('key.instances'), title: say('key.instances') })
      .val(editor.textOf(key.instances))
      .appendTo($('<div>').appendTo(line));
    const access = $('<select>').attr('aria-label', say('key.access')).appendTo($('<div>').appendTo(line));
    for (const value of ACCESS) {
      $('<option>')
        .val(value)
        .text(say(`access.${value}`))
        .appendTo(access);
    }
    access.val(key.access);
    line.on('input change', 'input', () => check(element, say));
    if (key.secret) showOnce(element, key.secret, say);
    else check(element, say);
  }

  /** Whoever closes the dialog has had his chance. */
  function showOnce(element, secret, say) {
    const view = $('<div class="caretaker-key-secret" role="status">').appendTo(element);
    $('<input type="text" readonly>').attr('aria-label', say('key.secret')).val(secret).appendTo(view);
    const button = $('<button type="button" class="red-ui-button red-ui-button-small">')
      .text(say('key.copy'))
      .appendTo(view);
    button.on('click', () => {
      view.find('input').trigger('select');
      RED.clipboard.copyText(secret, button, say('key.copied'));
    });
    $('<small>').text(say('key.once')).appendTo(view);
  }

  function add(list, problem, say) {
    problem.text('');
    $.ajax({ url: 'caretaker/api/keys', type: 'POST' })
      .done(({ key, sha256 }) => {
        list.editableList('addItem', { name: '', instances: [], access: 'read', sha256, secret: key });
        list.find('.caretaker-key-name').last().trigger('focus');
      })
      .fail((request) => {
        const denied = request.status === 401 || request.status === 403;
        problem.text(say(denied ? 'key.denied' : 'key.no_answer'));
      });
  }

  /** Builds the editor in `container` and returns a function that reads it. */
  function editKeys(container, value, say) {
    const list = $('<ol>').appendTo(container);
    list.editableList({
      height: 'auto',
      addItem: (element, _index, key) => fillRow(element, key, say),
      addButton: false,
      removable: true,
      sortable: false,
    });
    for (const key of Array.isArray(value) ? value : []) list.editableList('addItem', key);
    const problem = $('<div class="caretaker-problem" role="alert">');
    const button = $('<button type="button" class="red-ui-button red-ui-button-small">').appendTo(container);
    $('<i class="fa fa-plus" aria-hidden="true">').appendTo(button);
    button.append(document.createTextNode(` ${say('key.add')}`)).on('click', () => add(list, problem, say));
    problem.appendTo(container);
    return () =>
      list
        .editableList('items')
        .map((_index, item) => readRow($(item)))
        .get();
  }

  Object.assign(editor, { keys, editKeys });
}
