// "Test and show size": asks the runtime what the store holds, home by home. Its texts are those of the store node, so
// the dialog hands over its own `say`; whatever comes back is text. What no home looks after any more can be purged.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const UNCHANGED = '__PWRD__';
  const PROBLEMS = ['bad_input', 'store_failed', 'store_newer'];
  const UNITS = ['kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

  /** In steps of 1000, as disks are sold. */
  function sizeOf(bytes, language) {
    const power = Math.min(Math.max(Math.floor(Math.log10(bytes) / 3), 1), UNITS.length);
    const format = { style: 'unit', unit: UNITS[power - 1], maximumFractionDigits: 1 };
    return new Intl.NumberFormat(language, format).format(bytes / 1000 ** power);
  }

  function fact(list, title, text) {
    $('<dt>').text(title).appendTo(list);
    $('<dd>').text(text).appendTo(list);
  }

  /** The runtime knows no node that is disabled or not deployed yet. */
  function isInEditor(instanceId) {
    let found = false;
    RED.nodes.eachConfig((config) => {
      if (config.type === 'caretaker-instance' && config.instance_id === instanceId) found = true;
    });
    return found;
  }

  function tellPurged(cell, answer, say) {
    const text = answer?.ok
      ? say('purge.done', { backup: answer.backup.backup })
      : say('purge.failed', { message: answer?.message ?? '' });
    cell.find('small').text(text);
    if (answer?.ok) cell.parent().removeClass('caretaker-orphaned').addClass('caretaker-purged');
  }

  function purge(cell, asked, say) {
    const button = cell.find('button').prop('disabled', true);
    cell.find('small').text(say('purge.running'));
    $.ajax({
      url: 'caretaker/stores/purge',
      type: 'POST',
      contentType: 'application/json; charset=utf-8',
      data: JSON.stringify(asked),
    })
      .done((answer) => {
        tellPurged(cell, answer, say);
        if (answer?.ok) button.remove();
      })
      .fail((request) => {
        const denied = request.status === 401 || request.status === 403;
        cell.find('small').text(say(denied ? 'test.denied' : 'test.no_answer'));
      })
      .always(() => button.prop('disabled', false));
  }

  function offerPurge(cell, namespace, { store, place, language, say }) {
    const { instance_id } = namespace;
    if (isInEditor(instance_id)) {
      $('<small>').text(say('test.in_editor')).appendTo(cell);
      return;
    }
    cell.parent().addClass('caretaker-orphaned');
    $('<small>').text(say('test.orphaned')).appendTo(cell);
    const facts = Number(namespace.transitions).toLocaleString(language);
    const question = [say('purge.question', { id: instance_id, facts }), say('purge.backup'), say('purge.others')];
    $('<button type="button" class="red-ui-button red-ui-button-small">')
      .text(say('purge.button'))
      .attr('aria-label', say('purge.label', { id: instance_id }))
      .on('click', () => {
        window.caretakerEditor.confirm(question, say('purge.yes'), say('purge.no'), () =>
          purge(cell, { id: store, instance_id, place }, say),
        );
      })
      .appendTo(cell);
  }

  function drawNamespace(body, namespace, at) {
    const line = $('<tr>').appendTo(body);
    const id = $('<td>').text(namespace.instance_id).appendTo(line);
    $('<td>').text(Number(namespace.transitions).toLocaleString(at.language)).appendTo(line);
    $('<td>').text(sizeOf(namespace.bytes, at.language)).appendTo(line);
    if (namespace.orphaned) offerPurge(id, namespace, at);
  }

  function drawNamespaces(view, namespaces, at) {
    const { say } = at;
    if (namespaces.length === 0) {
      $('<p>').text(say('test.empty')).appendTo(view);
      return;
    }
    const table = $('<table class="caretaker-namespaces">').appendTo(view);
    const header = $('<tr>').appendTo($('<thead>').appendTo(table));
    for (const title of [say('test.instance_id'), say('test.transitions'), say('test.bytes')]) {
      $('<th scope="col">').text(title).appendTo(header);
    }
    const body = $('<tbody>').appendTo(table);
    for (const namespace of namespaces) drawNamespace(body, namespace, at);
  }

  function tellFound(view, answer, store, say) {
    const language = RED.i18n.lang() || undefined;
    view.attr('class', 'caretaker-test caretaker-good').empty();
    $('<b>').text(say('test.ok')).appendTo(view);
    const list = $('<dl>').appendTo(view);
    fact(list, say('test.kind'), answer.kind === 'postgres' ? 'PostgreSQL' : 'SQLite');
    fact(list, say('test.place'), answer.place ?? '');
    fact(list, say('test.bytes'), sizeOf(answer.bytes ?? 0, language));
    drawNamespaces(view, answer.namespaces ?? [], { store, place: answer.place, language, say });
  }

  function tellProblem(view, code, message, say) {
    view.attr('class', 'caretaker-test caretaker-bad').empty();
    const key = PROBLEMS.includes(code) ? code : 'other';
    $('<b>')
      .text(say(`problem.${key}.what`))
      .appendTo(view);
    $('<p>')
      .text(say(`problem.${key}.next`))
      .appendTo(view);
    if (message) $('<small>').text(message).appendTo(view);
  }

  /** The default store is nobody's. */
  function storeOf({ id, kind, file }) {
    return kind === 'sqlite' && !file ? '' : id;
  }

  function testStore(button, view, settings, say) {
    const { url, ...rest } = settings;
    button.prop('disabled', true);
    view.attr('class', 'caretaker-test').text(say('test.running'));
    $.ajax({
      url: 'caretaker/stores/test',
      type: 'POST',
      contentType: 'application/json; charset=utf-8',
      data: JSON.stringify(url === UNCHANGED ? rest : settings),
    })
      .done((answer) =>
        answer?.ok
          ? tellFound(view, answer, storeOf(settings), say)
          : tellProblem(view, answer?.code, answer?.message, say),
      )
      .fail((request) => {
        const denied = request.status === 401 || request.status === 403;
        view.attr('class', 'caretaker-test caretaker-bad').text(say(denied ? 'test.denied' : 'test.no_answer'));
      })
      .always(() => button.prop('disabled', false));
  }

  window.caretakerEditor.testStore = testStore;
}
