// What every dialog of the package needs: words in the user's language, lists as text, fields in seconds, and what is
// allowed in them. Loaded once per page by the instance node; the other files of this folder add to the same object.
// biome-ignore-all lint/correctness/noInnerDeclarations: strict mode keeps them inside the block
'use strict';

window.caretakerEditor = window.caretakerEditor || {};
{
  const NAMESPACE = '@ha-caretaker/node-red-dashboard-2-caretaker/caretaker-instance:';
  const VARIABLE = /^\$\{[^{}\s]+\}$/;
  const INSTANCE_ID = /^[a-z][a-z0-9_]{0,31}$/;
  const RESERVED_ID = 'all';
  /** A century: more is a slip of the pen. */
  const MOST_DAYS = 36_500;
  const INSTANCE_TYPE = 'caretaker-instance';

  const t = (key, values) => RED._(NAMESPACE + key, values);

  const isVariable = (text) => typeof text === 'string' && VARIABLE.test(text);

  /** Names with a comma stand in double quotes. */
  function listOf(text) {
    const found = String(text).match(/\s*"[^"]*"|[^,\n]+/g) || [];
    const names = found.map((name) =>
      name
        .trim()
        .replace(/^"(.*)"$/, '$1')
        .trim(),
    );
    return [...new Set(names.filter((name) => name !== ''))];
  }

  const textOf = (list) =>
    (Array.isArray(list) ? list : []).map((name) => (/[,\n]/.test(name) ? `"${name}"` : name)).join(', ');

  /** A number where the text is one; blank and `${NAME}` stay as they are. */
  function secondsOf(text) {
    const trimmed = String(text ?? '').trim();
    return trimmed === '' || Number.isNaN(Number(trimmed)) ? trimmed : Number(trimmed);
  }

  function seconds(value) {
    if (value === undefined || value === null || value === '' || isVariable(value)) return true;
    const number = Number(value);
    return (Number.isFinite(number) && number >= 0) || t('invalid.seconds');
  }

  /** How often something may be done. */
  function count(value) {
    if (value === undefined || value === null || value === '' || isVariable(value)) return true;
    const number = Number(value);
    return (Number.isInteger(number) && number >= 0 && number <= 10_000) || t('invalid.count');
  }

  function secondsWithin(value, least, most) {
    if (value === undefined || value === null || value === '' || isVariable(value)) return true;
    const number = Number(value);
    return (number >= least && number <= most) || t('invalid.seconds_within', { least, most });
  }

  /** Without waiting nothing could be proven. */
  const verifySeconds = (value) => secondsWithin(value, 1, 3_600);

  function days(value) {
    if (value === undefined || value === null || value === '' || isVariable(value)) return true;
    const number = Number(value);
    return (number >= 0 && number <= MOST_DAYS) || t('invalid.days', { most: MOST_DAYS });
  }

  const windowSeconds = (value) => secondsWithin(value, 0, 600);

  function othersWithId(id, ownNodeId) {
    const others = [];
    RED.nodes.eachConfig((config) => {
      if (config.type === INSTANCE_TYPE && config.instance_id === id && config.id !== ownNodeId) others.push(config);
    });
    return others;
  }

  function instanceId(value, ownNodeId) {
    if (isVariable(value)) return true;
    if (!value) return t('invalid.id_missing');
    if (value === RESERVED_ID) return t('invalid.id_reserved');
    if (!INSTANCE_ID.test(value)) return t('invalid.id_pattern');
    const [other] = othersWithId(value, ownNodeId);
    return other ? t('invalid.id_taken', { id: value, other: other.name || other.id }) : true;
  }

  /** A slug for the title; a number behind it if another instance has that already. */
  function proposeId(title, ownNodeId) {
    const plain = title.toLowerCase().replace(/ß/g, 'ss').replace(/ä/g, 'ae').replace(/ö/g, 'oe').replace(/ü/g, 'ue');
    const words = plain
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/[^a-z0-9]+/g, '_')
      .replace(/^_+|_+$/g, '');
    if (words === '') return '';
    const base = (/^[a-z]/.test(words) && words !== RESERVED_ID ? words : `home_${words}`).slice(0, 32);
    for (let id = base, count = 2; ; count += 1) {
      if (othersWithId(id, ownNodeId).length === 0) return id;
      id = `${base.slice(0, 32 - `_${count}`.length)}_${count}`;
    }
  }

  function url(value) {
    if (isVariable(value)) return true;
    if (!value) return t('invalid.url_missing');
    const address = URL.canParse(value) ? new URL(value) : undefined;
    if (!address || !/^https?:$/.test(address.protocol)) return t('invalid.url');
    return address.username || address.password ? t('invalid.url_password') : true;
  }

  /** Marks a field and says below it what is wrong; `verdict` is true or the words. */
  function mark(input, verdict) {
    const wrong = typeof verdict === 'string';
    input.toggleClass('input-error', wrong).attr('aria-invalid', wrong);
    input.siblings('.caretaker-problem').remove();
    if (wrong) $('<div class="caretaker-problem" role="alert">').text(verdict).insertAfter(input);
    return !wrong;
  }

  Object.assign(window.caretakerEditor, {
    t,
    isVariable,
    listOf,
    textOf,
    secondsOf,
    seconds,
    count,
    verifySeconds,
    windowSeconds,
    days,
    instanceId,
    proposeId,
    url,
    mark,
    INSTANCE_TYPE,
  });
}
