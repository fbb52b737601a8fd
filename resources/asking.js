// What the nodes that ask have in common in their dialogs: the query, what it does, and only the fields it has. Their
// texts are their own, so the dialog's node says them.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const NUMBERS = ['hours', 'days', 'limit'];
  const editor = window.caretakerEditor;
  const field = (name) => $(`#node-input-${name}`);

  /**
   * For `defaults`: true, or what is wrong with a number of the query that is chosen.
   * @param queries by field: least, most and default
   * @param hours what stands beside `days`: both say how far back
   */
  function askedNumber(queries, query, name, value, hours = '') {
    const range = queries[query]?.[name];
    if (!range || value === undefined || value === '' || editor.isVariable(value)) return true;
    if (name === 'days' && hours !== '' && queries[query].hours) return editor.t('invalid.window');
    const [least, most] = range;
    const number = Number(value);
    return (number >= least && number <= most) || editor.t('invalid.within', { least, most });
  }

  /** For `defaults`: no more than a message a second, and at least one a day. */
  function liveSeconds(value) {
    return askedNumber({ live: { live_seconds: [1, 86_400] } }, 'live', 'live_seconds', value);
  }

  /** For `defaults`: true, or that it is no JSON object. */
  function askedOptions(value) {
    if (typeof value === 'object' || value === undefined || value === '' || editor.isVariable(value)) return true;
    const parsed = optionsOf(value);
    return (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) || editor.t('invalid.options');
  }

  /** An object where the text is one; else the text, so that nothing typed is lost. */
  function optionsOf(text) {
    try {
      return text.trim() === '' ? {} : JSON.parse(text);
    } catch {
      return text.trim();
    }
  }

  function optionsText(value) {
    // Node-RED marks a blank one as wrong.
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '{}');
  }

  /** One that a later version saved is kept, though it is not offered here. */
  function keepQuery(select, query) {
    if (!query || select.find('option').filter((_index, option) => option.value === query).length > 0) return;
    $('<option>').val(query).text(query).appendTo(select);
    select.val(query);
  }

  /** Shows what the chosen query does, and its fields; `queries` has what its numbers may be. */
  function editQuery(node, queries) {
    const select = field('query');
    keepQuery(select, node.query);
    const tell = () => {
      const query = select.val();
      const known = queries[query] ?? {};
      $('#caretaker-asked-does').text(query in queries ? node._(`does.${query}`) : '');
      for (const row of $('[data-asked]')) $(row).toggle($(row).data('asked') in known);
      for (const name of NUMBERS) {
        const [value, hours] = [name, 'hours'].map((one) => (field(one).val() ?? '').trim());
        editor.mark(field(name), askedNumber(queries, query, name, value, hours));
        field(name).attr('placeholder', known[name]?.[2] ?? '');
      }
    };
    select.on('change', tell);
    for (const name of NUMBERS) field(name).on('input change', tell);
    tell();
  }

  /** What stands in the fields of numbers: a number where it is one. */
  function readNumbers(node, names) {
    for (const name of names) {
      node[name] = editor.secondsOf(field(name).val());
      field(name).val(node[name]);
    }
  }

  Object.assign(editor, { askedNumber, liveSeconds, askedOptions, optionsOf, optionsText, editQuery, readNumbers });
}
