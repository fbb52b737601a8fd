import assert from 'node:assert/strict';
import { Ajv, type ValidateFunction } from 'ajv';
import type { Caller, Operation, Reply } from '../../../src/lib/api/operation';
import type { Reference } from '../../../src/lib/core/resolve';
import type { Roster } from '../../../src/lib/instance/roster';

/** What came back, as it is read on the other side of a wire. */
export interface Asked<Body> extends Reply {
  readonly body: Body;
  readonly status: number;
}

/** @param fields what is asked besides the reference */
export type Ask = <Body = unknown>(
  name: string,
  reference?: Reference,
  fields?: Readonly<Record<string, unknown>>,
) => Promise<Asked<Body>>;

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true, formats: { 'date-time': ISO } });

/**
 * Asks operations of homes; an answer that its own schema does not promise, or a status, is a failure.
 * @param now what time it is, epoch ms
 */
export function asker(operations: readonly Operation[], roster: Roster, now: () => number = Date.now): Ask {
  const answers = new Map<string, ValidateFunction>();
  return async <Body>(name: string, reference: Reference = {}, fields: object = {}) => {
    const operation = operations.find((one) => one.name === name);
    assert.ok(operation, `no operation ${name}`);
    const {
      body,
      status = 200,
      type,
      ...reply
    } = await operation.run({ ...callerOf(roster, reference), now: now() }, fields);
    assert.ok([200, ...(operation.statuses ?? [])].includes(status), `${name} promised no ${status}`);
    const wired: unknown = type === undefined ? JSON.parse(JSON.stringify(body)) : body;
    const validate = answers.get(name) ?? ajv.compile(operation.answer);
    answers.set(name, validate);
    assert.ok(validate(wired), `${name}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(wired)}`);
    return { ...reply, ...(type !== undefined && { type }), status, body: wired as Body };
  };
}

/** Somebody who may see all of them. */
export function callerOf(roster: Roster, reference: Reference = {}): Caller {
  return {
    visible: roster.chosen([]),
    commanded: roster.commanded([]),
    reference,
    by: 'api',
    now: Date.now(),
  };
}
