import { parseDockerfile } from "./dockerfile.ts";
import type { Checked, Problem } from "./checked.ts";

/** Every image can be built: its Dockerfile and all it copies are there, and it does not run as root. */
export function checkImages({ services, exists, readText, workspaces }: Checked): Problem[] {
  return services.flatMap(({ name, service, at }) => {
    if (!service.build) return [];
    const { context, dockerfile } = service.build;
    const text = readText(dockerfile);
    if (!exists(context)) return [at(["build", "context"], `${name}: there is no folder ${context}.`)];
    if (text === undefined) return [at(["build", "dockerfile"], `${name}: there is no file ${dockerfile}.`)];
    return problemsOf(dockerfile, text, { exists, workspaces });
  });
}

// --- internal ---

function problemsOf(
  file: string,
  text: string,
  { exists, workspaces }: Pick<Checked, "exists" | "workspaces">,
): Problem[] {
  const { stages, copies, user, command } = parseDockerfile(text);
  const problems: Problem[] = copies
    .filter(({ source }) => !exists(source))
    .map(({ line, source }) => ({ file, line, reason: `it copies ${source}, which is not there.` }));
  const manifests = workspaces.map((workspace) => `${workspace}/package.json`);
  const forgotten = manifests.filter((manifest) => !copies.some(({ source }) => source === manifest));
  if (forgotten.length > 0) {
    problems.push({ file, reason: `npm ci needs every workspace, and ${forgotten.join(", ")} is not copied.` });
  }
  if (stages < 2) problems.push({ file, reason: "it has one stage; npm's caches would stay in the image." });
  if (user === undefined || user === "root") problems.push({ file, reason: "it runs as root." });
  const script = command.at(-1) ?? "";
  if (!exists(script)) problems.push({ file, reason: `its CMD starts "${script}", which is not there.` });
  if (!copies.some(({ source }) => script.startsWith(`${source}/`))) {
    problems.push({ file, reason: `its CMD starts ${script}, which it does not copy.` });
  }
  return problems;
}
