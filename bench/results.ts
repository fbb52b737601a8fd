/** One row of section 10, measured. */
export interface Row {
  readonly title: string;
  readonly head: readonly string[];
  readonly lines: readonly (readonly string[])[];
  readonly bounds: readonly Bound[];
  readonly notes: readonly string[];
}

export interface Bound {
  readonly what: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
  /** Not this issue's: said, but nothing fails by it. */
  readonly later?: boolean;
}

export function holds({ value, least = -Infinity, most = Infinity }: Bound): boolean {
  return value >= least && value <= most;
}

export function verdict(bound: Bound): string {
  const limit = bound.least === undefined ? `<= ${bound.most}` : `>= ${bound.least}`;
  const word = holds(bound) ? 'holds' : bound.later ? 'not yet' : '**broken**';
  return `${bound.what}: ${bound.value.toFixed(2)} (${limit}) ${word}`;
}

export function markdown(row: Row): string {
  const table = [row.head, row.head.map((_, column) => (column === 0 ? '---' : '--:')), ...row.lines];
  const lines = table.map((cells) => `| ${cells.join(' | ')} |`);
  const bounds = row.bounds.map((bound) => `- ${verdict(bound)}`);
  const notes = row.notes.map((note) => `- ${note}`);
  return [`## ${row.title}`, '', ...lines, '', ...bounds, ...notes, ''].join('\n');
}

/** The report with this row in the place of the one of its title, or at the end. */
export function withRow(report: string, row: Row): string {
  const sections = report.split(/^(?=## )/m);
  const index = sections.findIndex((section) => section.startsWith(`## ${row.title}\n`));
  const text = markdown(row);
  if (index === -1) return `${report.trimEnd()}\n\n${text}`;
  const isLast = index === sections.length - 1;
  return sections.with(index, isLast ? text : `${text}\n`).join('');
}
