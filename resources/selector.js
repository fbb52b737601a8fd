// Edits a selector: a row for each of its lists, names separated by commas. Folded away while nothing is chosen.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const LISTS = ['entities', 'domains', 'areas', 'labels', 'devices', 'integrations'];
  const PATTERNS = { entities: /^[a-z0-9_*?]+(\.[a-z0-9_*?]+)?$/i, domains: /^[a-z0-9_]+$/i };
  const editor = window.caretakerEditor;

  function listProblem(list, names) {
    const pattern = PATTERNS[list];
    const wrong = pattern && names.find((name) => !editor.isVariable(name) && !pattern.test(name));
    return wrong ? editor.t(`invalid.${list}`, { name: wrong }) : true;
  }

  /** For `defaults`: true, or what is wrong with a saved selector. */
  function selector(value) {
    for (const list of LISTS) {
      const names = value?.[list] ?? [];
      const verdict = Array.isArray(names) ? listProblem(list, names) : editor.t('invalid.list', { list });
      if (verdict !== true) return verdict;
    }
    return true;
  }

  function row(container, id, list, names) {
    const line = $('<div class="caretaker-selector-row">').appendTo(container);
    $('<label>')
      .attr('for', id)
      .text(editor.t(`selector.${list}`))
      .appendTo(line);
    const cell = $('<div>').appendTo(line);
    return $('<input type="text" spellcheck="false" autocomplete="off">')
      .attr({ id, placeholder: editor.t(`selector.example.${list}`), title: editor.t(`selector.tip.${list}`) })
      .val(editor.textOf(names))
      .appendTo(cell);
  }

  /** Builds the editor into `container` and returns a function that reads it. `which` is include or exclude. */
  function editSelector(container, value, which) {
    const inputs = {};
    const details = $('<details class="caretaker-section">').appendTo(container);
    const summary = $('<summary>').appendTo(details);
    $('<b>')
      .text(editor.t(`selector.${which}.title`))
      .appendTo(summary);
    const told = $('<span class="caretaker-told">').appendTo(summary);
    const read = () => {
      const chosen = LISTS.map((list) => [list, editor.listOf(inputs[list].val())]);
      return Object.fromEntries(chosen.filter(([, names]) => names.length > 0));
    };
    const tell = () => {
      const names = Object.values(read()).flat();
      told.text(names.length === 0 ? editor.t(`selector.${which}.none`) : names.join(', '));
      for (const list of LISTS) editor.mark(inputs[list], listProblem(list, editor.listOf(inputs[list].val())));
    };
    for (const list of LISTS) {
      const input = row(details, `${container.attr('id')}-${list}`, list, value?.[list]);
      inputs[list] = input.on('input change', tell);
    }
    tell();
    details.prop('open', Object.keys(read()).length > 0);
    return read;
  }

  Object.assign(editor, { selector, editSelector });
}
