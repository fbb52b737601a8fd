import { CaretakerError, describe, type ErrorCode } from '../error';

export type Answer<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** What a dialog of the editor is told. Never rejects: what is wrong is the answer. */
export async function answerOf<T extends object>(work: Promise<T>, otherwise: ErrorCode): Promise<Answer<T>> {
  try {
    return { ok: true, ...(await work) };
  } catch (thrown) {
    const code = thrown instanceof CaretakerError ? thrown.code : otherwise;
    return { ok: false, code, message: describe(thrown) };
  }
}
