/** What the homes of the bench are made of, serialised once so that the server costs nothing while it is measured. */

export interface HomeSize {
  /** Makes the ids of one home differ from those of another. */
  readonly home: number;
  readonly entities: number;
}

/** Of 20 entities; as in the homes people showed us. */
const DOMAINS = [
  ...Array<string>(12).fill('sensor'),
  ...Array<string>(3).fill('binary_sensor'),
  ...Array<string>(2).fill('light'),
  ...Array<string>(2).fill('switch'),
  'climate',
];
const ENTITIES_A_DEVICE = 8;
const DEVICES_AN_ENTRY = 25;
const CONTEXT = '01KAMF0S2J9Q6W3YV5T8R4X7ZD';
const STARTED = 1_763_800_000;

export function entityId({ home }: HomeSize, index: number): string {
  return `${DOMAINS[index % DOMAINS.length]}.h${home}_room_${index % 37}_thing_${index}`;
}

/** The same numbers in each run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function stateOf(index: number, value: number): string {
  return index % DOMAINS.length < 12 ? (value * 100).toFixed(2) : value < 0.5 ? 'off' : 'on';
}

/** `a` of the first event of `subscribe_entities`: about 240 B an entity. */
export function snapshot(size: HomeSize): string {
  const states = Array.from({ length: size.entities }, (_, index) => {
    const attributes = {
      ...(index % DOMAINS.length < 12
        ? { state_class: 'measurement', unit_of_measurement: '°C', device_class: 'temperature' }
        : { supported_features: 32, device_class: 'motion' }),
      linkquality: index % 255,
      friendly_name: `Room ${index % 37} thing ${index}`,
    };
    const state = { s: stateOf(index, 0.25), a: attributes, c: CONTEXT, lc: STARTED + index / 1000 };
    return `${JSON.stringify(entityId(size, index))}:${JSON.stringify(state)}`;
  });
  return `{"a":{${states.join(',')}}}`;
}

/** `c` with one change, spelled as Home Assistant spells it; 115 B. */
export function change(id: string, plus: object): string {
  return `{"c":{${JSON.stringify(id)}:{"+":${JSON.stringify(plus)}}}}`;
}

/** The envelope of a change has its id last; that of a snapshot has it first. */
export function eventMessage(subscription: number, event: string): string {
  return `{"type":"event","event":${event},"id":${subscription}}`;
}

/** What a client gets to read again and again: every seventh change is one of an attribute, 1 % go unavailable. */
export function floodFrames(size: HomeSize, coalesced: number, subscription: number, events: number): Buffer {
  const next = random(size.home + 1);
  const messages = Array.from({ length: events }, (_, at) => {
    // Each entity has its turn, in no order that caches like.
    const index = (at * 7919) % size.entities;
    const instant = STARTED + 100_000 + Math.floor(next() * 1e8) / 1e6;
    const plus =
      at % 7 === 0
        ? { lu: instant, c: CONTEXT, a: { linkquality: Math.floor(next() * 255) } }
        : { s: next() < 0.01 ? 'unavailable' : stateOf(index, next()), lc: instant, c: CONTEXT };
    return eventMessage(subscription, change(entityId(size, index), plus));
  });
  if (coalesced === 1) return Buffer.concat(messages.map(frame));
  const arrays: Buffer[] = [];
  for (let at = 0; at < messages.length; at += coalesced) {
    arrays.push(frame(`[${messages.slice(at, at + coalesced).join(',')}]`));
  }
  return Buffer.concat(arrays);
}

/** A change of state as `state_changed` tells it in full: about 1.1 kB. */
export function stateChanged(id: string, index: number, from: string, to: string, subscription: number): string {
  const state = (value: string) => ({
    entity_id: id,
    state: value,
    attributes: {
      state_class: 'measurement',
      unit_of_measurement: '°C',
      device_class: 'temperature',
      linkquality: index % 255,
      friendly_name: `Room ${index % 37} thing ${index}`,
    },
    last_changed: '2025-11-22T08:26:40.123456+00:00',
    last_reported: '2025-11-22T08:26:40.123456+00:00',
    last_updated: '2025-11-22T08:26:40.123456+00:00',
    context: { id: CONTEXT, parent_id: null, user_id: null },
  });
  const event = {
    event_type: 'state_changed',
    data: { entity_id: id, old_state: state(from), new_state: state(to) },
    origin: 'LOCAL',
    time_fired: '2025-11-22T08:26:40.123456+00:00',
    context: { id: CONTEXT, parent_id: null, user_id: null },
  };
  return eventMessage(subscription, JSON.stringify(event));
}

export function entityRegistry(size: HomeSize): object[] {
  return Array.from({ length: size.entities }, (_, index) => ({
    area_id: null,
    categories: {},
    config_entry_id: entryId(size, Math.floor(index / ENTITIES_A_DEVICE / DEVICES_AN_ENTRY)),
    config_subentry_id: null,
    created_at: STARTED,
    device_id: deviceId(size, Math.floor(index / ENTITIES_A_DEVICE)),
    disabled_by: null,
    entity_category: null,
    entity_id: entityId(size, index),
    has_entity_name: true,
    hidden_by: null,
    icon: null,
    id: `e${size.home}x${index}`.padEnd(32, '0'),
    labels: [],
    modified_at: STARTED,
    name: null,
    options: { conversation: { should_expose: false } },
    original_name: `Thing ${index}`,
    platform: 'bench',
    translation_key: null,
    unique_id: `bench-${size.home}-${index}`,
  }));
}

export function deviceRegistry(size: HomeSize): object[] {
  return Array.from({ length: Math.ceil(size.entities / ENTITIES_A_DEVICE) }, (_, index) => ({
    area_id: `room_${index % 37}`,
    config_entries: [entryId(size, Math.floor(index / DEVICES_AN_ENTRY))],
    connections: [],
    disabled_by: null,
    entry_type: null,
    id: deviceId(size, index),
    identifiers: [['bench', String(index)]],
    labels: [],
    manufacturer: 'Bench',
    model: 'Thing',
    name: `Device ${index}`,
    name_by_user: null,
    sw_version: '1.0',
    via_device_id: null,
  }));
}

export function areaRegistry(): object[] {
  return Array.from({ length: 37 }, (_, index) => ({ area_id: `room_${index}`, name: `Room ${index}`, labels: [] }));
}

export function configEntries(size: HomeSize): object[] {
  return Array.from({ length: Math.ceil(size.entities / ENTITIES_A_DEVICE / DEVICES_AN_ENTRY) }, (_, index) => ({
    entry_id: entryId(size, index),
    domain: 'bench',
    title: `Bench ${index}`,
    state: 'loaded',
    source: 'user',
    disabled_by: null,
  }));
}

/** One unmasked text frame, as a server sends it. */
export function frame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  head[0] = 0x81;
  if (length < 126) head[1] = length;
  else if (length < 65_536) {
    head[1] = 126;
    head.writeUInt16BE(length, 2);
  } else {
    head[1] = 127;
    head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, payload]);
}

function deviceId({ home }: HomeSize, index: number): string {
  return `d${home}x${index}`.padEnd(32, '0');
}

function entryId({ home }: HomeSize, index: number): string {
  return `01H${home}E${index}`.padEnd(26, '0');
}
