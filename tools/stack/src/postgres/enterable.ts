import { spawnSync } from "node:child_process";
import type { ServerUser } from "./server-user.ts";

/** Whether the server's user may enter the directory. Asked of the system itself: modes, groups, ACLs and mounts all have a say. */
export function mayEnter(user: ServerUser, directory: string): boolean {
  if (user === undefined) return true;
  const { status } = spawnSync("/bin/sh", ["-c", 'cd "$1"', "sh", directory], { ...user, cwd: "/", stdio: "ignore" });
  return status === 0;
}

/** Whether the server's user may run the program. */
export function mayRun(user: ServerUser, program: string): boolean {
  const { status } = spawnSync(program, ["--version"], { ...user, cwd: "/", stdio: "ignore" });
  return status === 0;
}
