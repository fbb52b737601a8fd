// Edits `schedule`: never, each so often, each day, or on some days of the week; saved as the text that messages and
// people read, such as "weekly mon,thu 07:00". What comes from the environment stays a text.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  /** From Monday on; the names are those of the text. */
  const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
  /** A Monday, to have the names of the days from. */
  const MONDAY = Date.UTC(2026, 0, 5);
  const DAY_MS = 86_400_000;
  const MOST_MINUTES = 28 * 24 * 60;
  const MODES = ['never', 'every', 'daily', 'weekly', 'text'];
  const EVERY = /^every (\d{1,5}) (minute|hour)s?$/;
  const DAILY = /^daily ((?:[01]?\d|2[0-3]):[0-5]\d)$/;
  const WEEKLY = /^weekly ([a-z]{3}(?: ?, ?[a-z]{3})*) ((?:[01]?\d|2[0-3]):[0-5]\d)$/;
  const editor = window.caretakerEditor;

  /** The parts of a text; undefined when it is none. */
  function partsOf(value) {
    const text = String(value ?? '')
      .trim()
      .toLowerCase()
      .replace(/\s+/g, ' ');
    if (text === '') return { mode: 'never' };
    const [, number, unit] = EVERY.exec(text) ?? [];
    const minutes = Number(number) * (unit === 'hour' ? 60 : 1);
    if (minutes > 0 && minutes <= MOST_MINUTES) return { mode: 'every', number, unit };
    const [, time] = DAILY.exec(text) ?? [];
    if (time) return { mode: 'daily', time };
    const [, names = '', at] = WEEKLY.exec(text) ?? [];
    const days = names.split(/ ?, ?/);
    return at && days.every((day) => DAYS.includes(day)) ? { mode: 'weekly', days, time: at } : undefined;
  }

  /** For `defaults`: true, or what is wrong with it. */
  function schedule(value) {
    return editor.isVariable(value) || partsOf(value) !== undefined || editor.t('schedule.invalid');
  }

  function addEvery(container, { number = '1', unit = 'hour' }) {
    const line = $('<div class="caretaker-schedule" data-mode="every">').appendTo(container);
    const input = $('<input type="text" inputmode="numeric">')
      .attr('aria-label', editor.t('schedule.number'))
      .val(number)
      .appendTo(line);
    const select = $('<select>').attr('aria-label', editor.t('schedule.unit')).appendTo(line);
    for (const each of ['minute', 'hour']) {
      $('<option>')
        .val(each)
        .text(editor.t(`schedule.${each}s`))
        .appendTo(select);
    }
    select.val(unit);
    return () => `every ${input.val().trim()} ${select.val()}${input.val().trim() === '1' ? '' : 's'}`;
  }

  function addTime(line, time = '07:00') {
    return $('<input type="time" required>')
      .attr('aria-label', editor.t('schedule.time'))
      .val(time.padStart(5, '0'))
      .appendTo(line);
  }

  function addDaily(container, { time }) {
    const line = $('<div class="caretaker-schedule" data-mode="daily">').appendTo(container);
    const input = addTime(line, time);
    return () => `daily ${input.val()}`;
  }

  function addWeekly(container, { days = ['mon'], time }) {
    const line = $('<div class="caretaker-schedule" data-mode="weekly">').appendTo(container);
    const boxes = $('<div class="caretaker-days" role="group">')
      .attr('aria-label', editor.t('schedule.days'))
      .appendTo(line);
    const format = new Intl.DateTimeFormat(RED.i18n.lang() || undefined, { weekday: 'short', timeZone: 'UTC' });
    DAYS.forEach((day, index) => {
      const label = $('<label>').appendTo(boxes);
      $('<input type="checkbox">').val(day).prop('checked', days.includes(day)).appendTo(label);
      $('<span>')
        .text(format.format(MONDAY + index * DAY_MS))
        .appendTo(label);
    });
    const input = addTime(line, time);
    const chosen = () =>
      boxes
        .find(':checked')
        .map((_index, box) => box.value)
        .get();
    return () => `weekly ${chosen().join(',')} ${input.val()}`;
  }

  function addText(container, { text = '' }) {
    const line = $('<div class="caretaker-schedule" data-mode="text">').appendTo(container);
    const input = $('<input type="text" spellcheck="false" placeholder="${REPORT_AT}">')
      .attr('aria-label', editor.t('schedule.text'))
      .val(text)
      .appendTo(line);
    return () => input.val().trim();
  }

  /** Builds the editor into `container` and returns a function that reads it. */
  function editSchedule(container, value) {
    const parts = partsOf(value) ?? { mode: 'text', text: String(value) };
    const id = `${container.attr('id')}-mode`;
    const select = $('<select>').attr('id', id).appendTo(container);
    for (const mode of MODES) {
      $('<option>')
        .val(mode)
        .text(editor.t(`schedule.mode.${mode}`))
        .appendTo(select);
    }
    const read = {
      never: () => '',
      every: addEvery(container, parts),
      daily: addDaily(container, parts),
      weekly: addWeekly(container, parts),
      text: addText(container, parts),
    };
    const problem = $('<div class="caretaker-problem" role="alert">').appendTo(container);
    const readNow = () => read[select.val()]();
    const tell = () => {
      for (const line of container.children('[data-mode]')) $(line).toggle($(line).data('mode') === select.val());
      const verdict = schedule(readNow());
      problem.text(verdict === true ? '' : verdict).toggle(verdict !== true);
    };
    container.on('input change', tell);
    select.val(parts.mode);
    tell();
    return readNow;
  }

  Object.assign(editor, { schedule, editSchedule });
}
