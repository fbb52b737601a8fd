export type GarbageKind = keyof typeof GARBAGE;

const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;
const event = (id: number, body: string) => `{"id":${id},"type":"event","event":${body}}`;

/** Frames no Home Assistant should send, by what is wrong with them; `id` is that of a live subscription. */
export const GARBAGE = {
  notJson: () => '{"id":1,"type":"ev',
  empty: () => '',
  html: () => '<html><body>502 Bad Gateway</body></html>',
  binary: () => Buffer.from([0, 255, 1, 254, 2, 253]),
  nullMessage: () => 'null',
  number: () => '42',
  text: () => '"event"',
  emptyArray: () => '[]',
  mixedArray: (id: number) => `[null,1,"x",[],{},${event(id, 'null')}]`,
  noType: (id: number) => `{"id":${id}}`,
  unknownType: (id: number) => `{"id":${id},"type":"surprise"}`,
  unknownId: () => event(999_999_999, '{"a":{}}'),
  unknownResult: () => '{"id":999999999,"type":"result","success":true,"result":null}',
  textId: () => '{"id":"1","type":"result","success":true,"result":null}',
  resultWithoutError: () => '{"id":999999998,"type":"result","success":false}',
  nullEvent: (id: number) => event(id, 'null'),
  numberEvent: (id: number) => event(id, '7'),
  nullAdded: (id: number) => event(id, '{"a":null,"c":null,"r":null}'),
  wrongAdded: (id: number) => event(id, '{"a":[1,2],"c":"x","r":{"a":1}}'),
  nullState: (id: number) => event(id, '{"a":{"sensor.a":null,"sensor.b":{"s":null,"a":null,"lc":"yesterday"}}}'),
  changeOfNobody: (id: number) => event(id, '{"c":{"sensor.nobody_knows":{"+":{"s":"1","lc":1}}}}'),
  nullChange: (id: number) =>
    event(id, '{"c":{"sensor.a":null,"sensor.b":{"+":null,"-":null},"sensor.c":{"-":{"a":7}}}}'),
  removedNobody: (id: number) => event(id, '{"r":["sensor.nobody_knows",null,7]}'),
  proto: (id: number) =>
    event(
      id,
      '{"a":{"__proto__":{"s":"on","a":{"polluted":true},"c":"x","lc":1},"constructor":{"s":"on","a":{},"lc":1}}}',
    ),
  protoAttributes: (id: number) =>
    event(id, '{"a":{"sensor.p":{"s":"1","a":{"__proto__":{"polluted":true}},"c":"x","lc":1}}}'),
  deep: (id: number) => event(id, `{"a":{"sensor.deep":{"s":"1","a":{"x":${deep(5000)}},"c":"x","lc":1}}}`),
  hugeNumbers: (id: number) => event(id, '{"a":{"sensor.n":{"s":"1","a":{},"c":"x","lc":1e400,"lu":-1e308}}}'),
} satisfies Record<string, (id: number) => string | Buffer>;
