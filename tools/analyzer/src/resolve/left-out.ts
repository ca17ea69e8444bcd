/** Folders, by their own name, that hold what nobody writes by hand or what is a tool's own. */
export function isLeftOut(name: string): boolean {
  return FOLDERS.has(name) || (name.startsWith(".") && name !== "." && name !== "..");
}

// --- internal ---

const FOLDERS = new Set(["node_modules", "bower_components", "dist", "coverage"]);
