import { parseDockerfile } from "./dockerfile.ts";
import type { Checked, NamedService, Problem } from "./checked.ts";

type Process = Checked["plan"]["processes"][string];

/** Each process of plan/stack.yaml is a service of the same name, with the same program, ports, variables, health and order. */
export function checkPlan(checked: Checked): Problem[] {
  return Object.entries(checked.plan.processes).flatMap(([name, process]) => {
    const entry = checked.services.find((candidate) => candidate.name === name);
    if (!entry) return [{ file: "docker-compose.yml", reason: `there is no service for the plan's process ${name}.` }];
    return [
      ...wrongProgram(entry, process, checked),
      ...wrongVariables(entry, process, checked),
      ...wrongPorts(entry, process),
      ...wrongHealth(entry, process),
      ...wrongOrder(entry, process),
    ];
  });
}

/** The database service is the plan's server, and the service that prepares it has a password for every role. */
export function checkDatabase({ services, plan, readText }: Checked): Problem[] {
  const problems: Problem[] = [];
  const server = services.find(({ service }) => service.image?.startsWith("postgres:"));
  if (!server) return [{ file: "docker-compose.yml", reason: "there is no service with an image of PostgreSQL." }];
  const { service, at } = server;
  const version = Number(service.image?.split(":")[1]);
  if (!(version >= 15 && version <= 18)) problems.push(at(["image"], "PostgreSQL 15 to 18 are supported."));
  if (!service.command?.includes("wal_level=logical"))
    problems.push(at(["command"], "streams need wal_level=logical."));
  if (!service.ports.includes(`127.0.0.1:${plan.postgres.port}:5432`)) {
    problems.push(at(["ports"], `the plan's server is on port ${plan.postgres.port}.`));
  }
  const prepare = services.find(({ service }) => programOf(service, readText) === "tools/stack/src/main.ts");
  if (!prepare) return [...problems, at([], "no service prepares it (tools/stack/Dockerfile).")];
  const roles = [...Object.values(plan.databases).map(({ owner }) => owner), ...Object.values(plan.postgres.roles)];
  const missing = roles
    .map((role) => `PASSWORD_${role.toUpperCase()}`)
    .filter((variable) => !(variable in prepare.service.environment));
  return [...problems, ...missing.map((variable) => prepare.at(["environment"], `it lacks ${variable}.`))];
}

// --- internal ---

function programOf(service: NamedService["service"], readText: Checked["readText"]): string | undefined {
  const text = service.build && readText(service.build.dockerfile);
  return text === undefined ? undefined : parseDockerfile(text).command.at(-1);
}

function wrongProgram({ name, service, at }: NamedService, { script }: Process, { readText }: Checked): Problem[] {
  const program = programOf(service, readText);
  if (program === script) return [];
  return [at(["build", "dockerfile"], `${name}: its image starts ${program ?? "nothing"}, the plan says ${script}.`)];
}

// HOST differs on purpose: inside a container loopback is nobody's.
const HOSTS = ["HOST", "ADMIN_HOST"];

function wrongVariables({ name, service, at }: NamedService, process: Process, checked: Checked): Problem[] {
  return Object.entries(process.environment).flatMap(([variable, planned]) => {
    const value = service.environment[variable];
    if (value === undefined) return [at(["environment"], `${name}: the plan gives it ${variable}, compose does not.`)];
    const wanted = expectedValue(planned, process, checked);
    if (HOSTS.includes(variable) || wanted === undefined || wanted.test(value)) return [];
    return [at(["environment", variable], `${name}: ${variable} is ${value}, and should look like ${wanted.source}.`)];
  });
}

/** What a variable of the plan becomes in a network of containers; undefined when anything goes. */
function expectedValue(planned: string, process: Process, { plan }: Checked): RegExp | undefined {
  const [, reference] = /^\$\{([^}]+)\}(.*)$/.exec(planned) ?? [];
  if (reference === undefined) return exactly(planned);
  const [kind = "", name = ""] = reference.split(".");
  switch (kind) {
    case "ports":
      return exactly(String(process.ports[name]));
    case "processes":
      return exactly(`http://${name}:${plan.processes[name]?.ports["http"]}`);
    case "secrets":
      return new RegExp(`^\\$\\{${name}:\\?.*\\}$`);
    case "databases":
      return new RegExp(`^postgres://${plan.databases[name]?.owner}:\\$\\{\\w+:\\?[^}]*\\}@postgres:5432/${name}$`);
    default:
      return undefined;
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`);
}

function wrongPorts({ name, service, at }: NamedService, { ports }: Process): Problem[] {
  const planned = Object.values(ports).map(String);
  const published = service.ports.map((port) => port.split(":"));
  return [
    ...published
      .filter(([, host, container]) => host !== container || !planned.includes(container ?? ""))
      .map((port) =>
        at(["ports"], `${name}: ${port.join(":")} is not among the plan's ports (${planned.join(", ")}).`),
      ),
    ...planned
      .filter((port) => !service.expose.includes(port) && !published.some(([, , container]) => container === port))
      .map((port) => at(["ports"], `${name}: the plan's port ${port} is neither published nor exposed.`)),
  ];
}

function wrongHealth({ name, service, at }: NamedService, { ports, health }: Process): Problem[] {
  const url = `http://127.0.0.1:${ports[health.port]}${health.path}`;
  if (service.healthcheck === undefined || String(service.healthcheck.test).includes(url)) return [];
  return [at(["healthcheck", "test"], `${name}: its health check does not ask ${url}.`)];
}

function wrongOrder({ name, service, at }: NamedService, { after }: Process): Problem[] {
  return after
    .filter((other) => !(other in service.depends_on))
    .map((other) => at(["depends_on"], `${name}: the plan starts it after ${other}, compose does not.`));
}
