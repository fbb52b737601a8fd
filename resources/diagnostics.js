// "Diagnostics": what the runtime knows of a deployed instance, readable, to be copied or downloaded for whoever helps.
// It holds no secret; what a home calls itself is text.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const MOST_SHOWN = 10;
  /** Until the browser has taken the file, ms. */
  const TAKEN_MS = 60_000;
  const DOWN = ['unavailable', 'unknown', 'stale', 'missing'];
  const editor = window.caretakerEditor;

  const language = () => RED.i18n.lang() || undefined;
  const number = (value) => Number(value ?? 0).toLocaleString(language());
  const instant = (iso) => (iso ? new Date(iso).toLocaleString(language()) : '');

  function sizeOf(bytes) {
    const format = { style: 'unit', unit: 'megabyte', maximumFractionDigits: 2 };
    return new Intl.NumberFormat(language(), format).format(Number(bytes ?? 0) / 1_000_000);
  }

  /** A part that could not be had says why in its place; that it does not run was said above. */
  function partText(part, tell) {
    if (!part?.error) return tell(part ?? {});
    return part.error.code === 'instance_not_ready' ? '–' : (part.error.message ?? '');
  }

  function fact(list, key, part, tell) {
    $('<dt>').text(editor.t(key)).appendTo(list);
    $('<dd>').text(partText(part, tell)).appendTo(list);
  }

  function stateText({ state, reason }) {
    const known = state ?? 'stopped';
    const said = editor.t(`diagnostics.state.${known}`);
    return reason ? `${said}: ${reason.message}` : said;
  }

  function subjectsText({ subjects = {}, entities }) {
    const all = Object.values(subjects).flatMap((counts) => Object.entries(counts));
    const down = all.reduce((sum, [status, count]) => sum + (DOWN.includes(status) ? count : 0), 0);
    return editor.t('diagnostics.counted', { entities: number(entities), down: number(down) });
  }

  function backupsText({ count, newest }) {
    if (!newest) return number(count);
    return editor.t('diagnostics.backed_up', { count: number(count), newest: instant(newest.created_at) });
  }

  function drawFacts(view, { connection, home, versions, is_admin, store, counts, queues, backups }) {
    const list = $('<dl>').appendTo(view);
    fact(list, 'diagnostics.connection', connection, stateText);
    fact(list, 'diagnostics.checked', connection, ({ last_health_check }) => instant(last_health_check) || '–');
    fact(list, 'test.home', home, ({ location_name }) => location_name || '–');
    if (is_admin !== null) fact(list, 'test.rights', {}, () => editor.t(is_admin ? 'test.heal' : 'test.watch_only'));
    fact(list, 'diagnostics.watched', counts, subjectsText);
    fact(list, 'diagnostics.listening', counts, ({ monitors_listening }) => number(monitors_listening));
    fact(list, 'diagnostics.waiting', queues, ({ journal, pending_graces }) =>
      editor.t('diagnostics.queued', { journal: number(journal), graces: number(pending_graces) }),
    );
    fact(list, 'diagnostics.store', store, ({ kind, place }) => `${kind} ${place}`);
    fact(list, 'diagnostics.stored', store, ({ size = {} }) =>
      editor.t('diagnostics.size', { transitions: number(size.transitions), size: sizeOf(size.bytes) }),
    );
    fact(list, 'diagnostics.backups', backups, backupsText);
    fact(list, 'diagnostics.versions', versions, ({ caretaker, home_assistant, node_red, node }) =>
      [
        `Caretaker ${caretaker}`,
        `Home Assistant ${home_assistant ?? '–'}`,
        `Node-RED ${node_red}`,
        `Node.js ${node}`,
      ].join(', '),
    );
  }

  function drawPast(view, title, lines) {
    if (lines.length === 0) return;
    const section = $('<details class="caretaker-section" open>').appendTo(view);
    $('<summary>').text(title).appendTo(section);
    const list = $('<ul>').appendTo(section);
    for (const { at, text } of lines.slice(0, MOST_SHOWN)) {
      const line = $('<li>').appendTo(list);
      $('<small>').text(instant(at)).appendTo(line);
      $('<span>').text(` ${text}`).appendTo(line);
    }
  }

  function download(text, { instance_id, at }) {
    const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
    const name = `caretaker_${instance_id}_${at}`.replace(/[^a-zA-Z0-9_-]/g, '-');
    $('<a>', { href: url, download: `${name}.json` })[0].click();
    setTimeout(() => URL.revokeObjectURL(url), TAKEN_MS);
  }

  function drawButtons(view, text, answer) {
    const buttons = $('<div class="caretaker-buttons">').appendTo(view);
    const button = (key, icon) =>
      $('<button type="button" class="red-ui-button red-ui-button-small">')
        .append($('<i>').addClass(`fa ${icon}`), document.createTextNode(` ${editor.t(key)}`))
        .appendTo(buttons);
    const copy = button('diagnostics.copy', 'fa-clipboard');
    button('diagnostics.download', 'fa-download').on('click', () => download(text, answer));
    const said = $('<span role="status" class="caretaker-told">').appendTo(buttons);
    copy.on('click', () =>
      said.text(editor.t(RED.clipboard.copyText(text) ? 'diagnostics.copied' : 'diagnostics.not_copied')),
    );
  }

  function tell(view, answer) {
    const text = JSON.stringify(answer, null, 2);
    const good = (answer.connection?.state === 'connected' || answer.standby) && !answer.refusal;
    view.attr('class', `caretaker-test ${good ? 'caretaker-good' : 'caretaker-bad'}`).empty();
    $('<b>').text(`${answer.instance_name} (${answer.instance_id})`).appendTo(view);
    for (const why of [answer.refusal, answer.standby]) if (why) $('<p>').text(why).appendTo(view);
    drawFacts(view, answer);
    const history = answer.connection?.history ?? [];
    drawPast(
      view,
      editor.t('diagnostics.history'),
      history.map((change) => ({ at: change.at, text: stateText(change) })),
    );
    const errors = answer.last_errors ?? [];
    drawPast(
      view,
      editor.t('diagnostics.errors'),
      errors.map(({ at, message }) => ({ at, text: message })),
    );
    const everything = $('<details class="caretaker-section">').appendTo(view);
    $('<summary>').text(editor.t('diagnostics.everything')).appendTo(everything);
    $('<pre tabindex="0">').text(text).appendTo(everything);
    drawButtons(view, text, answer);
  }

  function problemKey(status) {
    if (status === 401 || status === 403) return 'diagnostics.denied';
    return status === 404 ? 'diagnostics.not_deployed' : 'test.no_answer';
  }

  /** What is deployed, not what stands in the dialog. */
  function diagnose(button, view, nodeId) {
    button.prop('disabled', true);
    view.attr('class', 'caretaker-test').text(editor.t('diagnostics.running'));
    $.ajax({ url: `caretaker/instances/${encodeURIComponent(nodeId)}/diagnostics`, type: 'GET', cache: false })
      .done((answer) => tell(view, Object(answer)))
      .fail(({ status }) => view.attr('class', 'caretaker-test caretaker-bad').text(editor.t(problemKey(status))))
      .always(() => button.prop('disabled', false));
  }

  editor.diagnose = diagnose;
}
