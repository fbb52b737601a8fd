import { resolveCommand, resolveMany } from '../../core/resolve';
import { CaretakerError } from '../../error';
import { chosenOf } from '../../instance/heal-wish';
import { type Operation, operation } from '../operation';
import { fields, page, text } from '../schema';

const automation_id = text;

/** Promised, and to come: whoever asks is told so, once it is known that he asked for a home he may see. */
export const LATER: ReadonlyMap<string, Operation> = new Map(
  [
    later('discovery_refresh', 'write', 'Look for automations, scenes and scripts again.'),
    later('discovery_stats', 'read', 'What was discovered, and when.'),
    later('automations', 'read', 'The automations.', { state: text, ...page }),
    later('automation', 'read', 'One automation, with what it uses.', { automation_id }),
    later('usage', 'read', 'Which automations, scenes and scripts use an entity.', { entity_id: text }),
    later('analyze', 'write', 'Say what could be better about an automation.', { automation_id }),
    later('generate', 'write', 'Write an automation from a description.', { description: text, mode: text }),
    later('create', 'write', 'Create an automation in Home Assistant.', { automation_yaml: text }),
  ].map((one) => [one.name, one]),
);

function later(name: string, access: Operation['access'], summary: string, asked: object = {}): Operation {
  return operation({
    name,
    summary: `${summary} (Comes with caretaker-automation.)`,
    access,
    fields: fields(asked as Parameters<typeof fields>[0]),
    answer: {},
    statuses: [501],
    run: ({ commanded, reference }) => {
      chosenOf<unknown>(access === 'read' ? resolveMany(commanded, reference) : resolveCommand(commanded, reference));
      throw new CaretakerError(
        'not_implemented',
        `${name} comes with caretaker-automation, which is not part of this version.`,
      );
    },
  });
}
