import type { Engine, PartialEngine } from "./engine.ts";

/** `first` carries what it can, and `rest` all other requests and every upgrade. Closing it closes both. */
export function handOver(first: PartialEngine, rest: Engine): Engine {
  return {
    name: first.name,
    forward: (request, response, target, passage) => {
      (first.carries(request) ? first : rest).forward(request, response, target, passage);
    },
    upgrade: rest.upgrade,
    close: async () => {
      await Promise.all([first.close(), rest.close()]);
    },
  };
}
