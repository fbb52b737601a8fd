/** Answers what the environment of Node-RED has under a name. */
export type Environment = (name: string) => unknown;

/** What a dialog shows as Node-RED deploys it: `${NAME}` is what the environment has under that name. */
export function fromEnvironment(value: unknown, environment: Environment): unknown {
  const name = /^\$\{([^}]+)\}$/.exec(String(value ?? ''))?.[1];
  return name === undefined ? value : environment(name);
}
