/** What stands in believable homes: pure data, drawn from by house.ts. */

export interface Thing {
  readonly kind: string;
  readonly integration: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly entities: readonly Part[];
}

export interface Part {
  readonly domain: string;
  /** Null: the entity has the name of its device. */
  readonly name: string | null;
  readonly value: string;
  readonly device_class?: string;
  readonly unit?: string;
  readonly category?: 'diagnostic' | 'config';
  readonly state_class?: string;
  readonly translation_key?: string;
  readonly live?: Record<string, unknown>;
}

const measured = (name: string, value: string, unit: string, deviceClass: string): Part => ({
  domain: 'sensor',
  name,
  value,
  unit,
  device_class: deviceClass,
  state_class: 'measurement',
});

const battery: Part = { ...measured('Battery', '87', '%', 'battery'), category: 'diagnostic' };
const restart: Part = {
  domain: 'button',
  name: 'Restart',
  value: 'unknown',
  device_class: 'restart',
  category: 'config',
};
const ping: Part = { domain: 'button', name: 'Ping', value: 'unknown', category: 'config', translation_key: 'ping' };
const update: Part = { domain: 'update', name: 'Firmware', value: 'off', device_class: 'firmware', category: 'config' };

const bulb: Part = {
  domain: 'light',
  name: null,
  value: 'off',
  live: { supported_color_modes: ['color_temp', 'xy'], color_mode: null, brightness: null },
};

export const THINGS: readonly Thing[] = [
  {
    kind: 'Ceiling light',
    integration: 'hue',
    manufacturer: 'Signify Netherlands B.V.',
    model: 'Hue white lamp',
    entities: [bulb],
  },
  {
    kind: 'Lamp',
    integration: 'hue',
    manufacturer: 'Signify Netherlands B.V.',
    model: 'Hue color lamp',
    entities: [bulb],
  },
  {
    kind: 'Motion',
    integration: 'zha',
    manufacturer: 'LUMI',
    model: 'lumi.sensor_motion.aq2',
    entities: [
      { domain: 'binary_sensor', name: 'Motion', value: 'off', device_class: 'motion' },
      measured('Illuminance', '120', 'lx', 'illuminance'),
      battery,
    ],
  },
  {
    kind: 'Climate',
    integration: 'zha',
    manufacturer: 'LUMI',
    model: 'lumi.weather',
    entities: [
      measured('Temperature', '21.3', '°C', 'temperature'),
      measured('Humidity', '45', '%', 'humidity'),
      battery,
    ],
  },
  {
    kind: 'Door',
    integration: 'zwave_js',
    manufacturer: 'Aeotec Ltd.',
    model: 'ZW120',
    entities: [{ domain: 'binary_sensor', name: 'Door', value: 'off', device_class: 'door' }, battery, ping],
  },
  {
    kind: 'Radiator',
    integration: 'zwave_js',
    manufacturer: 'Eurotronics',
    model: 'Spirit Z-Wave Plus',
    entities: [
      { domain: 'climate', name: null, value: 'heat', live: { temperature: 21, current_temperature: 20.4 } },
      battery,
      ping,
    ],
  },
  {
    kind: 'Plug',
    integration: 'shelly',
    manufacturer: 'Shelly',
    model: 'Shelly Plug S',
    entities: [
      { domain: 'switch', name: null, value: 'on', device_class: 'outlet' },
      measured('Power', '37.5', 'W', 'power'),
      { ...measured('Energy', '113.2', 'kWh', 'energy'), state_class: 'total_increasing' },
      restart,
      update,
    ],
  },
  {
    kind: 'Shutter',
    integration: 'shelly',
    manufacturer: 'Shelly',
    model: 'Shelly 2.5',
    entities: [
      { domain: 'cover', name: null, value: 'open', device_class: 'shutter', live: { current_position: 100 } },
      restart,
    ],
  },
  {
    kind: 'Air quality',
    integration: 'esphome',
    manufacturer: 'espressif',
    model: 'esp32dev',
    entities: [
      measured('CO2', '640', 'ppm', 'carbon_dioxide'),
      measured('PM2.5', '6', 'µg/m³', 'pm25'),
      { ...measured('WiFi signal', '-61', 'dBm', 'signal_strength'), category: 'diagnostic' },
      restart,
    ],
  },
  {
    kind: 'Leak',
    integration: 'mqtt',
    manufacturer: 'IKEA',
    model: 'E2202',
    entities: [{ domain: 'binary_sensor', name: 'Moisture', value: 'off', device_class: 'moisture' }, battery],
  },
  {
    kind: 'Speaker',
    integration: 'sonos',
    manufacturer: 'Sonos',
    model: 'One',
    entities: [{ domain: 'media_player', name: null, value: 'idle' }],
  },
  {
    kind: 'Fan',
    integration: 'tuya',
    manufacturer: 'Tuya',
    model: 'Ceiling fan',
    entities: [{ domain: 'fan', name: null, value: 'off', live: { percentage: 0 } }],
  },
];

/** How each learns of changes. */
export const IOT_CLASSES: Readonly<Record<string, string>> = {
  hue: 'local_push',
  zha: 'local_polling',
  zwave_js: 'local_push',
  shelly: 'local_push',
  esphome: 'local_push',
  mqtt: 'local_push',
  sonos: 'local_push',
  tuya: 'cloud_push',
  met: 'cloud_polling',
  caretaker_lab: 'local_polling',
};

export const HUBS: Readonly<
  Record<string, { title: string; device?: { name: string; manufacturer: string; model: string } }>
> = {
  hue: {
    title: 'Hue Bridge',
    device: { name: 'Hue Bridge', manufacturer: 'Signify Netherlands B.V.', model: 'BSB002' },
  },
  zha: {
    title: 'Zigbee stick',
    device: { name: 'Zigbee coordinator', manufacturer: 'ITead', model: 'Sonoff Zigbee 3.0 USB Dongle Plus' },
  },
  zwave_js: { title: 'Z-Wave', device: { name: 'Z-Wave controller', manufacturer: 'Aeotec Ltd.', model: 'ZW090' } },
  shelly: { title: 'Shelly' },
  esphome: { title: 'ESPHome' },
  mqtt: { title: 'Mosquitto broker' },
  sonos: { title: 'Sonos' },
  tuya: { title: 'Tuya cloud' },
  met: { title: 'Home' },
};

/** Integrations in which every device is an entry of its own. */
export const ONE_ENTRY_PER_DEVICE: ReadonlySet<string> = new Set(['shelly', 'esphome']);

export const ROOMS = [
  'Living room',
  'Kitchen',
  'Bedroom',
  'Bathroom',
  'Hall',
  'Office',
  'Nursery',
  'Basement',
  'Garage',
  'Garden',
];

export const FLOORS = [
  { floor_id: 'ground_floor', name: 'Ground floor', level: 0 },
  { floor_id: 'first_floor', name: 'First floor', level: 1 },
];

export const LABELS = [
  { label_id: 'critical', name: 'Critical' },
  { label_id: 'ignore', name: 'Ignore' },
];

export const AUTOMATIONS = ['Lights at sunset', 'Heating at night', 'Leak alarm', 'Good morning', 'Away mode'];
