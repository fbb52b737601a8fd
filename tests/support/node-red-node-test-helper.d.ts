declare module 'node-red-node-test-helper' {
  import type { Node, NodeInitializer } from 'node-red';

  /** What we use of it; the package has no types of its own. */
  const helper: {
    init(runtimePath: string): void;
    settings(settings: object): void;
    load(nodes: readonly NodeInitializer[], flow: readonly object[], credentials: object): Promise<void>;
    unload(): Promise<void>;
    getNode(id: string): Node;
    startServer(done: () => void): void;
    stopServer(done: () => void): void;
  };
  export default helper;
}
