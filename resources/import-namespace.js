// "Take over a history": what is stored under an id that no configured home has any more, for the home of the dialog.
// Whatever comes back is text.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const editor = window.caretakerEditor;

  /** Asks before something that deletes or replaces; the sentences are text, `yes` and `no` are ours. */
  function confirm(sentences, yes, no, agreed) {
    const question = $('<div class="caretaker-question">');
    for (const sentence of sentences) $('<p>').text(sentence).appendTo(question);
    const close = () => notification.close();
    const go = () => {
      close();
      agreed();
    };
    const notification = RED.notify(question, {
      modal: true,
      fixed: true,
      type: 'warning',
      buttons: [
        { text: no, click: close },
        { text: yes, class: 'primary', click: go },
      ],
    });
  }

  const number = (value) => Number(value).toLocaleString(RED.i18n.lang() || undefined);
  const instant = (text) => new Date(text).toLocaleString(RED.i18n.lang() || undefined);

  function say(view, text, mood = '') {
    view.attr('class', `caretaker-test ${mood}`).text(text);
  }

  function tellNoAnswer(view, { status }) {
    const denied = status === 401 || status === 403;
    say(view, editor.t(denied ? 'test.denied' : 'test.no_answer'), 'caretaker-bad');
  }

  function tellProblem(view, answer) {
    const key = answer?.code === 'instance_not_found' ? 'import.not_deployed' : 'import.failed';
    say(view, editor.t(key, { message: answer?.message ?? '' }), 'caretaker-bad');
  }

  function tellDone(view, answer) {
    view.attr('class', 'caretaker-test caretaker-good').empty();
    const { subjects = 0, transitions = 0 } = answer.rows ?? {};
    const counts = { id: answer.from, subjects: number(subjects), transitions: number(transitions) };
    $('<b>').text(editor.t('import.done', counts)).appendTo(view);
    $('<p>').text(editor.t('import.undo')).appendTo(view);
    $('<small>').text(answer.safety.backup).appendTo(view);
  }

  function takeOver(view, asked) {
    say(view, editor.t('import.running'));
    $.ajax({
      url: 'caretaker/instances/import',
      type: 'POST',
      contentType: 'application/json; charset=utf-8',
      data: JSON.stringify(asked),
    })
      .done((answer) => (answer?.ok ? tellDone(view, answer) : tellProblem(view, answer)))
      .fail((request) => tellNoAnswer(view, request));
  }

  /** The newest state first: what the store holds now, then its backups. */
  function choicesOf(orphan) {
    const stored =
      orphan.transitions === null ? [] : [['', editor.t('import.stored', { facts: number(orphan.transitions) })]];
    const backups = orphan.backups.map(({ backup, created_at, tag }) => [
      backup,
      editor.t('import.backup', { at: instant(created_at), tag }),
    ]);
    return [...stored, ...backups];
  }

  function drawOrphan(list, orphan, { id, to, view }) {
    const row = $('<li>').appendTo(list);
    $('<b>').text(orphan.instance_id).appendTo(row);
    const choice = $('<select>').attr('aria-label', editor.t('import.which', { id: orphan.instance_id }));
    for (const [value, text] of choicesOf(orphan)) $('<option>').val(value).text(text).appendTo(choice);
    choice.appendTo(row);
    const question = [
      editor.t('import.question', { from: orphan.instance_id, to }),
      editor.t('import.safe', { from: orphan.instance_id, to }),
    ];
    $('<button type="button" class="red-ui-button red-ui-button-small">')
      .text(editor.t('import.button'))
      .attr('aria-label', editor.t('import.label', { id: orphan.instance_id }))
      .on('click', () => {
        const source = { id, from: orphan.instance_id, ...(choice.val() ? { backup: choice.val() } : {}) };
        confirm(question, editor.t('import.yes'), editor.t('import.no'), () => takeOver(view, source));
      })
      .appendTo(row);
  }

  function drawOrphans(container, view, id, { instance_id, orphans }) {
    say(view, editor.t(orphans.length === 0 ? 'import.none' : 'import.found', { to: instance_id }));
    const list = $('<ul class="caretaker-orphans">').appendTo(container);
    for (const orphan of orphans) drawOrphan(list, orphan, { id, to: instance_id, view });
  }

  function look(container, view, id, chosen) {
    container.find('.caretaker-orphans').remove();
    say(view, editor.t('import.looking'));
    $.ajax({ url: `caretaker/instances/${encodeURIComponent(id)}/orphans` })
      .done((answer) => {
        // What is not deployed yet would go to the home as it was.
        if (answer?.ok && answer.instance_id !== chosen()) say(view, editor.t('import.not_deployed'), 'caretaker-bad');
        else if (answer?.ok) drawOrphans(container, view, id, answer);
        else tellProblem(view, answer);
      })
      .fail((request) => tellNoAnswer(view, request));
  }

  /** Folded away; looks when it is opened. `chosen` reads the id that stands in the dialog. */
  function offerImport(container, id, chosen) {
    const details = $('<details class="caretaker-section">').appendTo(container);
    $('<b>').text(editor.t('import.title')).appendTo($('<summary>').appendTo(details));
    const view = $('<div class="caretaker-test" role="status" aria-live="polite">').appendTo(details);
    details.on('toggle', () => {
      if (details.prop('open')) look(details, view, id, chosen);
    });
  }

  Object.assign(editor, { confirm, offerImport });
}
