import { CaretakerError } from '../../error';
import type { CheckUp } from '../../hass/health-check';
import { patient } from '../../instance/patient';
import type { StoreSign } from '../../instance/store-probe';
import type { Running } from '../ready';

/** What was asked of one home just now, or within the last seconds; an error is what kept it from answering in time. */
export interface Probed {
  /** Epoch ms. */
  readonly at: number;
  readonly check: CheckUp | CaretakerError;
  readonly store: StoreSign | CaretakerError;
}

/** A home is asked no more often than this, however many want to know, ms. */
const GOOD_FOR_MS = 5_000;
/** An answer on many homes waits no longer for any of them, ms. */
export const PATIENCE_MS = 2_000;

/** Never rejects. */
export async function probed({ instance }: Running): Promise<Probed> {
  const at = Date.now();
  const [check, store] = await Promise.all([
    patient(PATIENCE_MS, () => instance.healthCheck.noOlderThan(GOOD_FOR_MS)).catch((late: CaretakerError) => late),
    patient(PATIENCE_MS, () => instance.storeProbe.look()).catch((late: CaretakerError) => late),
  ]);
  return { at, check, store };
}

/** How long the answers took, ms; null where there was none. */
export interface Signs {
  readonly rest: number | null;
  readonly socket: number | null;
  readonly store: number | null;
}

export function signsOf({ check, store }: Probed): Signs {
  const { rest = null, socket = null } = check instanceof CaretakerError ? {} : check;
  return {
    rest: rest?.latency ?? null,
    socket: socket?.latency ?? null,
    store: store instanceof CaretakerError ? null : store.latency,
  };
}
