/** One file for everything that the page's first look needs. */

/** What this needs of the bundler's context. */
interface ModuleGraph {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/**
 * Names the chunk of a module: `first` for all that `entry` imports, directly or not, without an
 * `import()` in between. Left alone the bundler gives each set of modules that some later part
 * shares a file of its own: dozens of small files, which compress badly and come one by one.
 */
export function firstChunk(entry: string): (id: string, graph: ModuleGraph) => string | null {
  let first: ReadonlySet<string> | null = null;
  return (id, graph) => {
    first ??= reachedFrom(entry, graph);
    return first.has(id) ? 'first' : null;
  };
}

function reachedFrom(entry: string, graph: ModuleGraph): ReadonlySet<string> {
  const reached = new Set([entry]);
  // A set goes on with what is added while it is gone through.
  for (const id of reached) {
    graph.getModuleInfo(id)?.importedIds.forEach((imported) => { reached.add(imported); });
  }
  return reached;
}
