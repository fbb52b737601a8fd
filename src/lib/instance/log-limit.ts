/** A peer that floods us with nonsense must not flood the log: the same sentence comes once in this time, ms. */
const REPEAT_MS = 60_000;
const MOST = 200;

export function logLimit(log: (what: string) => void, now: () => number): (what: string) => void {
  const last = new Map<string, number>();
  return (what) => {
    // Figures in a sentence do not make it another one.
    const sentence = what.replace(/\d+/g, '#');
    const at = last.get(sentence);
    if (at !== undefined && now() - at < REPEAT_MS) return;
    if (last.size >= MOST) last.clear();
    last.set(sentence, now());
    log(what);
  };
}
