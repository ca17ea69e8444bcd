/**
 * Strongly connected components (Tarjan 1972, without recursion: chains of imports can be long). Unlike a list of
 * cycles, which depends on where the search starts, they are a property of the graph. Only components of two or more
 * are returned, each sorted, in the order of their first member.
 */
export function stronglyConnected(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const state: State = { next: 0, order: new Map(), low: new Map(), stack: [], onStack: new Set(), found: [] };
  for (const node of [...edges.keys()].sort()) if (!state.order.has(node)) search(edges, node, state);
  return state.found.sort((a, b) => ((a[0] ?? "") < (b[0] ?? "") ? -1 : 1));
}

// --- internal ---

type State = {
  next: number;
  order: Map<string, number>;
  low: Map<string, number>;
  stack: string[];
  onStack: Set<string>;
  found: string[][];
};

function search(edges: ReadonlyMap<string, readonly string[]>, root: string, state: State): void {
  const path = [{ node: root, position: 0 }];
  enter(root, state);
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const next = (edges.get(top.node) ?? [])[top.position++];
    if (next === undefined) {
      path.pop();
      leave(top.node, path.at(-1)?.node, state);
    } else if (!state.order.has(next)) {
      enter(next, state);
      path.push({ node: next, position: 0 });
    } else if (state.onStack.has(next)) {
      lower(top.node, state.order.get(next) ?? 0, state);
    }
  }
}

function enter(node: string, state: State): void {
  state.order.set(node, state.next);
  state.low.set(node, state.next);
  state.next += 1;
  state.stack.push(node);
  state.onStack.add(node);
}

function leave(node: string, parent: string | undefined, state: State): void {
  const low = state.low.get(node) ?? 0;
  if (parent !== undefined) lower(parent, low, state);
  if (low !== state.order.get(node)) return;
  const component = state.stack.splice(state.stack.lastIndexOf(node));
  for (const member of component) state.onStack.delete(member);
  if (component.length > 1) state.found.push(component.sort());
}

function lower(node: string, value: number, state: State): void {
  state.low.set(node, Math.min(state.low.get(node) ?? 0, value));
}
