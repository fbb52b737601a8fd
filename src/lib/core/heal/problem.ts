import type { Tracker } from '../tracker';
import { statusOf } from '../verdict';
import type { HealView } from './heal-view';
import type { Problem } from './plan';

/** What is wrong with a target, as plans look at it. */
export function problemOf(tracker: Tracker, view: HealView): Problem {
  const down = view.group.flatMap((member) => {
    const entity = member.isUp() ? undefined : tracker.entities.get(member.subject.id);
    return entity ? [entity] : [];
  });
  const problems = new Set<string>(down.map(statusOf));
  const state = view.entryState();
  if (state !== null && state !== 'loaded') problems.add(state);
  const devices = new Set(down.flatMap(({ device }) => (device ? [device.subject.id] : [])));
  if (view.target.kind === 'device') devices.add(view.target.id);
  return {
    entities: down.map(({ subject }) => subject.id),
    integration: view.integration,
    problems,
    manufacturers: [...devices].flatMap((id) => tracker.registry.devices.get(id)?.manufacturer ?? []),
  };
}
