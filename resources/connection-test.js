// "Test connection": asks the runtime, and says what it found in the user's language. What a home calls itself is text.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const UNCHANGED = '__PWRD__';
  const PROBLEMS = [
    'cannot_connect',
    'tls',
    'invalid_auth',
    'not_home_assistant',
    'wrong_home',
    'bad_input',
    'command_timeout',
  ];
  const editor = window.caretakerEditor;

  function fact(list, key, text) {
    $('<dt>').text(editor.t(key)).appendTo(list);
    $('<dd>').text(text).appendTo(list);
  }

  function tellFound(view, answer) {
    view.attr('class', 'caretaker-test caretaker-good').empty();
    $('<b>').text(editor.t('test.ok')).appendTo(view);
    const list = $('<dl>').appendTo(view);
    fact(list, 'test.home', answer.location_name ?? '');
    fact(list, 'test.version', answer.version ?? '');
    fact(list, 'test.user', answer.user_name ?? '');
    fact(list, 'test.entities', String(answer.entity_count ?? ''));
    fact(list, 'test.rights', editor.t(answer.is_admin ? 'test.heal' : 'test.watch_only'));
  }

  function tellProblem(view, code, message) {
    view.attr('class', 'caretaker-test caretaker-bad').empty();
    const key = PROBLEMS.includes(code) ? code : 'other';
    $('<b>')
      .text(editor.t(`problem.${key}.what`))
      .appendTo(view);
    $('<p>')
      .text(editor.t(`problem.${key}.next`))
      .appendTo(view);
    if (message) $('<small>').text(message).appendTo(view);
  }

  function testConnection(button, view, settings) {
    const { token, ...rest } = settings;
    button.prop('disabled', true);
    view.attr('class', 'caretaker-test').text(editor.t('test.running'));
    $.ajax({
      url: 'caretaker/instances/test',
      type: 'POST',
      contentType: 'application/json; charset=utf-8',
      data: JSON.stringify(token === UNCHANGED ? rest : settings),
    })
      .done((answer) => (answer?.ok ? tellFound(view, answer) : tellProblem(view, answer?.code, answer?.message)))
      .fail((request) => {
        const denied = request.status === 401 || request.status === 403;
        view.attr('class', 'caretaker-test caretaker-bad').text(editor.t(denied ? 'test.denied' : 'test.no_answer'));
      })
      .always(() => button.prop('disabled', false));
  }

  editor.testConnection = testConnection;
}
