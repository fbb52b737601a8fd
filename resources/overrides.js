// Edits `entity_overrides`: times of their own for some entities. The order counts: the first match wins.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const TIMES = ['state_change_grace_period_seconds', 'recovery_grace_period_seconds', 'stale_threshold_seconds'];
  const MATCH = /^[a-z0-9_*?]+(\.[a-z0-9_*?]+)?$/i;
  const editor = window.caretakerEditor;

  function matchProblem(match) {
    if (editor.isVariable(match) || MATCH.test(match)) return true;
    return match ? editor.t('invalid.entities', { name: match }) : editor.t('invalid.match_missing');
  }

  /** For `defaults`: true, or what is wrong with the saved list. */
  function overrides(value) {
    for (const override of value ?? []) {
      const verdicts = [matchProblem(override.match), ...TIMES.map((name) => editor.seconds(override[name]))];
      const wrong = verdicts.find((verdict) => verdict !== true);
      if (wrong) return wrong;
    }
    return true;
  }

  function readRow(element) {
    const override = { match: element.find('.caretaker-match').val().trim() };
    for (const name of TIMES) {
      const value = editor.secondsOf(element.find(`[data-time=${name}]`).val());
      if (value !== '') override[name] = value;
    }
    return override;
  }

  const isBlank = (override) => override.match === '' && Object.keys(override).length === 1;

  function check(element) {
    const override = readRow(element);
    editor.mark(element.find('.caretaker-match'), isBlank(override) || matchProblem(override.match));
    for (const name of TIMES) editor.mark(element.find(`[data-time=${name}]`), editor.seconds(override[name]));
  }

  function fillRow(element, override) {
    const line = $('<div class="caretaker-override">').appendTo(element);
    $('<input type="text" class="caretaker-match" spellcheck="false">')
      .attr({ placeholder: editor.t('overrides.example'), 'aria-label': editor.t('overrides.match') })
      .val(override.match ?? '')
      .appendTo($('<div>').appendTo(line));
    for (const name of TIMES) {
      $('<input type="text" inputmode="numeric">')
        .attr({ 'data-time': name, 'aria-label': editor.t(`overrides.${name}`), title: editor.t(`overrides.${name}`) })
        .val(override[name] ?? '')
        .appendTo($('<div>').appendTo(line));
    }
    line.on('input change', 'input', () => check(element));
    check(element);
  }

  function header() {
    const line = $('<div class="caretaker-override caretaker-override-header">');
    for (const name of ['match', ...TIMES])
      $('<div>')
        .text(editor.t(`overrides.${name}`))
        .appendTo(line);
    return line;
  }

  /** Builds the editor on an `<ol>` and returns a function that reads it. */
  function editOverrides(list, value) {
    list.css('min-height', '90px').editableList({
      addItem: (element, _index, override) => fillRow(element, override),
      addButton: editor.t('overrides.add'),
      header: header(),
      removable: true,
      sortable: true,
    });
    for (const override of value ?? []) list.editableList('addItem', override);
    return () => {
      const rows = list.editableList('items').map((_index, item) => readRow($(item)));
      return rows.get().filter((override) => !isBlank(override));
    };
  }

  Object.assign(editor, { overrides, editOverrides });
}
