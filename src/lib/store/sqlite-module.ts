/** Undefined where this Node has none: before 22.13. It says of itself that it is experimental, which is no news to a user. */
export function loadSqlite(): typeof import('node:sqlite') | undefined {
  const emit = process.emitWarning;
  process.emitWarning = ((warning: string | Error, ...rest: []) => {
    if (!/SQLite is an experimental/.test(String(warning))) emit.call(process, warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    process.emitWarning = emit;
  }
}
